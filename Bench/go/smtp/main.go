// A receiver made of Go's go-smtp (Debian's golang-github-emersion-go-smtp-dev), for the benchmarks: each message is a
// file, synced, renamed into new/, and its directory synced before the 250.
//
//	smtp SPOOL [CERTIFICATE KEY]
//
// It prints the port that it listens on, on the loopback interface.
package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/emersion/go-smtp"
)

type receiver struct {
	spool     string
	directory *os.File
	count     int64
}

func (r *receiver) Login(*smtp.ConnectionState, string, string) (smtp.Session, error) {
	return nil, smtp.ErrAuthUnsupported
}

func (r *receiver) AnonymousLogin(*smtp.ConnectionState) (smtp.Session, error) {
	return &session{receiver: r}, nil
}

type session struct {
	receiver *receiver
	envelope string
}

func (s *session) Reset()        { s.envelope = "" }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ smtp.MailOptions) error {
	s.envelope = "Return-Path: <" + from + ">\r\n"
	return nil
}

func (s *session) Rcpt(to string) error {
	s.envelope += "Delivered-To: " + to + "\r\n"
	return nil
}

func (s *session) Data(body io.Reader) error {
	name := fmt.Sprintf("%016x.eml", atomic.AddInt64(&s.receiver.count, 1))
	temporary := filepath.Join(s.receiver.spool, "tmp", name)
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 65536)
	if _, err = out.WriteString(s.envelope); err == nil {
		_, err = io.Copy(out, body)
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(temporary, filepath.Join(s.receiver.spool, "new", name))
	}
	if err == nil {
		err = s.receiver.directory.Sync()
	}
	return err
}

func main() {
	spool := os.Args[1]
	for _, name := range []string{"tmp", "new"} {
		if err := os.MkdirAll(filepath.Join(spool, name), 0o700); err != nil {
			log.Fatal(err)
		}
	}
	directory, err := os.Open(filepath.Join(spool, "new"))
	if err != nil {
		log.Fatal(err)
	}
	server := smtp.NewServer(&receiver{spool: spool, directory: directory})
	server.Domain, server.AuthDisabled, server.MaxMessageBytes = "mx.example.com", true, 35<<20
	if len(os.Args) > 3 {
		pair, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}
