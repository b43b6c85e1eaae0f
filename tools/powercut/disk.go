package main

import (
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"syscall"
	"time"
)

// blockBytes is the size of the blocks for which the page cache knows whether they are written.
const blockBytes = 4096

// inode is a file or a folder in two versions: as programs see it, and as it is on the disk.
type inode struct {
	number   uint64
	mode     uint32
	uid, gid uint32
	modified time.Time

	// The content of a file.
	seen, durable []byte
	// The blocks of seen that may differ from durable.
	dirty map[int]struct{}

	// The names in a folder.
	names, durableNames map[string]*inode
}

func (i *inode) isFolder() bool { return i.mode&syscall.S_IFMT == syscall.S_IFDIR }

// change is one change of names that is not on the disk yet. A new name has no `from`, a removed name has no `to`.
type change struct {
	inode            *inode
	from, to         *inode
	fromName, toName string
}

func (c change) touches(folder *inode) bool { return c.from == folder || c.to == folder }

// apply writes the change to the disk.
func (c change) apply() {
	if c.from != nil && c.from.durableNames[c.fromName] == c.inode {
		delete(c.from.durableNames, c.fromName)
	}
	if c.to != nil {
		c.to.durableNames[c.toName] = c.inode
	}
}

// disk is a file system in memory that knows what would remain after a loss of power.
type disk struct {
	mutex sync.Mutex
	// power is signalled when waiting calls may continue; they then fail.
	power sync.Cond
	// off makes calls wait, as for a disk that does not respond; dead makes them fail.
	off, dead bool

	root    *inode
	numbers uint64
	pending []change
	// journaled disks, such as ext4, write all earlier changes of names with any sync, in order.
	journaled bool
	random    *rand.Rand
}

func newDisk(journaled bool, random *rand.Rand) *disk {
	d := &disk{journaled: journaled, random: random}
	d.power.L = &d.mutex
	d.root = d.newInode(syscall.S_IFDIR | 0o700)
	return d
}

// enter begins a call, which ends with mutex.Unlock. Without power it waits. It fails when the power is back, because the
// calling program is dead then.
func (d *disk) enter() syscall.Errno {
	d.mutex.Lock()
	for d.off && !d.dead {
		d.power.Wait()
	}
	if d.dead {
		d.mutex.Unlock()
		return syscall.EIO
	}
	return 0
}

func (d *disk) newInode(mode uint32) *inode {
	d.numbers++
	i := &inode{number: d.numbers, mode: mode, modified: time.Now()}
	if i.isFolder() {
		i.names = map[string]*inode{}
		i.durableNames = map[string]*inode{}
	} else {
		i.dirty = map[int]struct{}{}
	}
	return i
}

// rename changes names. A disk may write any change at any time, so sometimes this one does.
func (d *disk) rename(c change) {
	if c.from != nil {
		delete(c.from.names, c.fromName)
		c.from.modified = time.Now()
	}
	if c.to != nil {
		c.to.names[c.toName] = c.inode
		c.to.modified = time.Now()
	}
	d.pending = append(d.pending, c)
	if d.random.IntN(64) == 0 {
		d.pending[0].apply()
		d.pending = d.pending[1:]
	}
}

func (d *disk) write(i *inode, data []byte, offset int) {
	if end := offset + len(data); end > len(i.seen) {
		d.resize(i, end)
	}
	copy(i.seen[offset:], data)
	i.modified = time.Now()
	for block := offset / blockBytes; block*blockBytes < offset+len(data); block++ {
		i.dirty[block] = struct{}{}
		// The disk writes some of it without a sync, so the version that remains later may be one in between.
		if d.random.IntN(32) == 0 {
			i.flush(block)
		}
	}
}

func (d *disk) resize(i *inode, size int) {
	before := len(i.seen)
	if size <= before {
		i.seen = i.seen[:size]
	} else {
		i.seen = slices.Grow(i.seen, size-before)[:size]
		clear(i.seen[before:])
	}
	for block := min(before, size) / blockBytes; block*blockBytes < max(before, size); block++ {
		i.dirty[block] = struct{}{}
	}
	i.modified = time.Now()
}

// flush writes a block. When the file on the disk is too short, the gap is filled with zeros.
func (i *inode) flush(block int) {
	begin := block * blockBytes
	end := min(begin+blockBytes, len(i.seen))
	if begin >= end {
		return
	}
	if end > len(i.durable) {
		i.durable = append(i.durable, make([]byte, end-len(i.durable))...)
	}
	copy(i.durable[begin:end], i.seen[begin:end])
}

// sync is fsync: it writes the bytes of a file, or the names of a folder.
func (d *disk) sync(i *inode) {
	if d.journaled {
		for _, c := range d.pending {
			c.apply()
		}
		d.pending = nil
	}
	if i.isFolder() {
		d.pending = slices.DeleteFunc(d.pending, func(c change) bool {
			if c.touches(i) {
				c.apply()
			}
			return c.touches(i)
		})
		return
	}
	if len(i.durable) > len(i.seen) {
		i.durable = i.durable[:len(i.seen)]
	}
	for block := range i.dirty {
		i.flush(block)
	}
	clear(i.dirty)
}

// survival says what remained after a cut.
type survival struct {
	Seed           uint64 `json:"seed"`
	Sector         int    `json:"sector"`
	NamesKept      int    `json:"namesKept"`
	NamesDropped   int    `json:"namesDropped"`
	SectorsKept    int    `json:"sectorsKept"`
	SectorsDropped int    `json:"sectorsDropped"`
	SizesKept      int    `json:"sizesKept"`
	SizesDropped   int    `json:"sizesDropped"`
	Torn           int    `json:"torn"`
}

// survive makes the disk that the next start finds: everything that was synced, and a random part of the rest.
func (d *disk) survive(seed uint64) (*disk, survival) {
	random := rand.New(rand.NewPCG(seed, 0))
	left := survival{Seed: seed, Sector: []int{512, 4096}[random.IntN(2)]}
	// All, nothing or a part: real disks leave each of these.
	share := []float64{0, 0.1, 0.5, 0.9, 1}[random.IntN(5)]
	keeps := func() bool { return random.Float64() < share }

	stopped := false
	for _, c := range d.pending {
		if keeps() && !stopped {
			c.apply()
			left.NamesKept++
		} else {
			left.NamesDropped++
			stopped = d.journaled
		}
	}
	next := newDisk(d.journaled, d.random)
	copies := map[*inode]*inode{d.root: next.root}
	var fill func(from, to *inode)
	fill = func(from, to *inode) {
		to.mode, to.uid, to.gid, to.modified = from.mode, from.uid, from.gid, from.modified
		if !from.isFolder() {
			to.seen = left.bytes(from, random, keeps)
			to.durable = slices.Clone(to.seen)
			return
		}
		for _, name := range sortedNames(from.durableNames) {
			child := from.durableNames[name]
			twin, known := copies[child]
			if !known {
				twin = next.newInode(child.mode)
				copies[child] = twin
				fill(child, twin)
			}
			to.names[name] = twin
			to.durableNames[name] = twin
		}
	}
	fill(d.root, next.root)
	return next, left
}

// bytes is the content of a file after the cut: each sector is the new or the old one.
func (left *survival) bytes(i *inode, random *rand.Rand, keeps func() bool) []byte {
	size := len(i.durable)
	if len(i.seen) != size {
		if keeps() {
			size = len(i.seen)
			left.SizesKept++
		} else {
			left.SizesDropped++
			if grown := (len(i.seen) - size) / left.Sector; grown > 1 && random.IntN(2) == 0 {
				size += random.IntN(grown) * left.Sector
			}
		}
	}
	content := make([]byte, size)
	copy(content, i.durable)
	kept, dropped := 0, 0
	for begin := 0; begin < min(size, len(i.seen)); begin += left.Sector {
		end := min(begin+left.Sector, size, len(i.seen))
		if slices.Equal(content[begin:end], i.seen[begin:end]) {
			continue
		}
		if keeps() {
			copy(content[begin:end], i.seen[begin:end])
			kept++
		} else {
			dropped++
		}
	}
	left.SectorsKept += kept
	left.SectorsDropped += dropped
	if kept > 0 && dropped > 0 {
		left.Torn++
	}
	return content
}

func sortedNames(names map[string]*inode) []string {
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	return sorted
}
