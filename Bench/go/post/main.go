// A sender made of Go's net/http, for the benchmarks: it posts the lines of standard input, each as a body, and ends by 1
// if one of them was not answered by 2xx.
//
//	post URL CONCURRENCY
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
)

func main() {
	width, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: width, ForceAttemptHTTP2: false, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	records := make(chan []byte, width)
	var workers sync.WaitGroup
	for i := 0; i < width; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for record := range records {
				response, err := client.Post(os.Args[1], "application/json", bytes.NewReader(record))
				if err != nil {
					log.Fatal(err)
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode/100 != 2 {
					log.Fatal(response.Status)
				}
			}
		}()
	}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			records <- bytes.TrimSuffix(line, []byte{'\n'})
		}
		if err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
	}
	close(records)
	workers.Wait()
}
