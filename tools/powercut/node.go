package main

import (
	"context"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node connects the kernel with a file or a folder of the disk.
type node struct {
	fs.Inode
	disk  *disk
	inode *inode
}

var _ = interface {
	fs.NodeStatfser
	fs.NodeGetattrer
	fs.NodeSetattrer
	fs.NodeLookuper
	fs.NodeReaddirer
	fs.NodeMkdirer
	fs.NodeCreater
	fs.NodeUnlinker
	fs.NodeRmdirer
	fs.NodeRenamer
	fs.NodeOpener
	fs.NodeReader
	fs.NodeWriter
	fs.NodeFsyncer
}((*node)(nil))

func (n *node) child(ctx context.Context, i *inode, out *fuse.EntryOut) *fs.Inode {
	i.attributes(&out.Attr)
	return n.NewInode(ctx, &node{disk: n.disk, inode: i}, fs.StableAttr{
		Mode: i.mode & syscall.S_IFMT,
		Ino:  i.number,
	})
}

func (i *inode) attributes(out *fuse.Attr) {
	out.Ino = i.number
	out.Mode = i.mode
	out.Owner = fuse.Owner{Uid: i.uid, Gid: i.gid}
	out.Nlink = 1
	out.Size = uint64(len(i.seen))
	out.Blocks = (out.Size + 511) / 512
	out.Blksize = blockBytes
	out.SetTimes(&i.modified, &i.modified, &i.modified)
}

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	const free = 64 << 30 / blockBytes
	*out = fuse.StatfsOut{Blocks: free, Bfree: free, Bavail: free, Files: 1 << 20, Ffree: 1 << 20,
		Bsize: blockBytes, Frsize: blockBytes, NameLen: 255}
	return 0
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	n.inode.attributes(&out.Attr)
	return 0
}

// Setattr truncates. Mode, owner and times are on the disk at once, because no test depends on them.
func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	if mode, ok := in.GetMode(); ok {
		n.inode.mode = n.inode.mode&syscall.S_IFMT | mode&0o7777
	}
	if uid, ok := in.GetUID(); ok {
		n.inode.uid = uid
	}
	if gid, ok := in.GetGID(); ok {
		n.inode.gid = gid
	}
	if modified, ok := in.GetMTime(); ok {
		n.inode.modified = modified
	}
	if size, ok := in.GetSize(); ok {
		n.disk.resize(n.inode, int(size))
	}
	n.inode.attributes(&out.Attr)
	return 0
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, errno
	}
	defer n.disk.mutex.Unlock()
	child, ok := n.inode.names[name]
	if !ok {
		return nil, syscall.ENOENT
	}
	return n.child(ctx, child, out), 0
}

func (n *node) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, errno
	}
	defer n.disk.mutex.Unlock()
	var entries []fuse.DirEntry
	for _, name := range sortedNames(n.inode.names) {
		child := n.inode.names[name]
		entries = append(entries, fuse.DirEntry{Name: name, Ino: child.number, Mode: child.mode & syscall.S_IFMT})
	}
	return fs.NewListDirStream(entries), 0
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, errno
	}
	defer n.disk.mutex.Unlock()
	if _, taken := n.inode.names[name]; taken {
		return nil, syscall.EEXIST
	}
	child := n.disk.newInode(syscall.S_IFDIR | mode&0o7777)
	n.disk.rename(change{inode: child, to: n.inode, toName: name})
	return n.child(ctx, child, out), 0
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (
	*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, nil, 0, errno
	}
	defer n.disk.mutex.Unlock()
	file, taken := n.inode.names[name]
	if taken && flags&syscall.O_EXCL != 0 {
		return nil, nil, 0, syscall.EEXIST
	}
	if !taken {
		file = n.disk.newInode(syscall.S_IFREG | mode&0o7777)
		n.disk.rename(change{inode: file, to: n.inode, toName: name})
	} else if flags&syscall.O_TRUNC != 0 {
		n.disk.resize(file, 0)
	}
	return n.child(ctx, file, out), nil, 0, 0
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno { return n.remove(name) }

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno { return n.remove(name) }

func (n *node) remove(name string) syscall.Errno {
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	child, ok := n.inode.names[name]
	if !ok {
		return syscall.ENOENT
	}
	if len(child.names) > 0 {
		return syscall.ENOTEMPTY
	}
	n.disk.rename(change{inode: child, from: n.inode, fromName: name})
	return 0
}

func (n *node) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	to, ok := parent.(*node)
	if !ok || flags != 0 {
		return syscall.EINVAL
	}
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	child, ok := n.inode.names[name]
	if !ok {
		return syscall.ENOENT
	}
	n.disk.rename(change{inode: child, from: n.inode, fromName: name, to: to.inode, toName: newName})
	return 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, 0, errno
	}
	defer n.disk.mutex.Unlock()
	if flags&syscall.O_TRUNC != 0 {
		n.disk.resize(n.inode, 0)
	}
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return nil, errno
	}
	defer n.disk.mutex.Unlock()
	if offset >= int64(len(n.inode.seen)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, n.inode.seen[offset:])]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	if errno := n.disk.enter(); errno != 0 {
		return 0, errno
	}
	defer n.disk.mutex.Unlock()
	n.disk.write(n.inode, data, int(offset))
	return uint32(len(data)), 0
}

// Fsync is for files and folders. fdatasync does the same, because it must also write a changed size.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	if errno := n.disk.enter(); errno != 0 {
		return errno
	}
	defer n.disk.mutex.Unlock()
	n.disk.sync(n.inode)
	return 0
}

// mount serves the disk. The kernel may cache what it has read, because all changes go through the kernel.
func mount(folder string, d *disk) error {
	keep := time.Hour
	server, err := fs.Mount(folder, &node{disk: d, inode: d.root}, &fs.Options{
		AttrTimeout:  &keep,
		EntryTimeout: &keep,
		RootStableAttr: &fs.StableAttr{
			Mode: syscall.S_IFDIR,
			Ino:  d.root.number,
		},
		MountOptions: fuse.MountOptions{
			Name:              "powercut",
			FsName:            "powercut",
			DirectMountStrict: true,
			AllowOther:        true,
			DisableXAttrs:     true,
			MaxWrite:          1 << 20,
		},
	})
	if err != nil {
		return err
	}
	_ = server
	return nil
}
