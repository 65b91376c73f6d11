// Centrifuge, the library under Centrifugo, as a peer: WebSockets at /connection/websocket, each subscribed by the server to its
// user's channel after the token in the connect command was checked, and POST /publish/USER. Nothing is stored.
//
// Built from Debian's packages alone: GO111MODULE=off GOPATH=/usr/share/gocode go build -o centrifuge .
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/centrifugal/centrifuge"
	"github.com/golang-jwt/jwt"
)

func userOf(token string, secret []byte) (string, error) {
	parsed, err := jwt.Parse(token, func(t *jwt.Token) (interface{}, error) {
		if t.Method != jwt.SigningMethodHS256 {
			return nil, errors.New("another algorithm")
		}
		return secret, nil
	})
	if err != nil {
		return "", err
	}
	user, ok := parsed.Claims.(jwt.MapClaims)["user_id"].(string)
	if !ok {
		return "", errors.New("no user")
	}
	return user, nil
}

func main() {
	secret := []byte(os.Getenv("JWT_SECRET"))
	node, err := centrifuge.New(centrifuge.DefaultConfig)
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(_ context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		user, err := userOf(e.Token, secret)
		if err != nil {
			return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
		}
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: user},
			Subscriptions: map[string]centrifuge.SubscribeOptions{user: {}},
		}, nil
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(
		node, centrifuge.WebsocketConfig{ReadBufferSize: 1024, UseWriteBufferPool: true}))
	http.HandleFunc("/publish/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = node.Publish(strings.TrimPrefix(r.URL.Path, "/publish/"), body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
