// Command powercut serves a folder and simulates a loss of power. It knows what was synced and what is only in memory. After
// a cut it serves what a disk may have kept. It needs root, Linux and /dev/fuse.
//
//	powercut -mount FOLDER [-names folder|journal] [-seed N]
//
// It prints the URL for commands. POST /cut makes every call in the folder wait, as for a disk that does not respond; kill the
// waiting programs then. POST /restore?seed=N mounts what remained, and says how much was lost.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
		os.Exit(1)
	}
}

func serve() error {
	folder := flag.String("mount", "", "the folder to serve")
	names := flag.String("names", "folder",
		"what makes a name durable: fsync of its folder alone (folder), or any later sync, as on ext4 (journal)")
	seed := flag.Uint64("seed", 1, "decides what is written without being asked")
	flag.Parse()
	if *folder == "" || *names != "folder" && *names != "journal" {
		flag.Usage()
		os.Exit(2)
	}
	s := &station{folder: *folder, disk: newDisk(*names == "journal", rand.New(rand.NewPCG(*seed, 1)))}
	if err := mount(s.folder, s.disk); err != nil {
		return fmt.Errorf("cannot mount %s: %w", s.folder, err)
	}
	defer s.unmount()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cut", s.cut)
	mux.HandleFunc("POST /restore", s.restore)
	go http.Serve(listener, mux)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	fmt.Printf("powercut listens on http://%s\n", listener.Addr())
	<-stop
	return nil
}

// station handles the commands. It has the folder, and its disk until the next cut.
type station struct {
	mutex  sync.Mutex
	folder string
	disk   *disk
}

func (s *station) cut(http.ResponseWriter, *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.disk.mutex.Lock()
	defer s.disk.mutex.Unlock()
	s.disk.off = true
}

func (s *station) restore(response http.ResponseWriter, request *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	seed, err := strconv.ParseUint(request.URL.Query().Get("seed"), 10, 64)
	if err != nil {
		http.Error(response, "seed must be a number: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.disk.mutex.Lock()
	s.disk.dead = true
	next, left := s.disk.survive(seed)
	s.disk.power.Broadcast()
	s.disk.mutex.Unlock()
	s.unmount()
	s.disk = next
	if err := mount(s.folder, next); err != nil {
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	response.Header().Set("content-type", "application/json")
	json.NewEncoder(response).Encode(left)
}

// unmount removes the mount even when programs still have files open in it.
func (s *station) unmount() { syscall.Unmount(s.folder, syscall.MNT_DETACH) }
