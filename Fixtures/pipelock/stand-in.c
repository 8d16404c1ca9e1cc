// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for the real pipelock, for tests of `--pipelock`: it takes what the real one takes, refuses what that refuses,
// answers /health, denies everything else, and says so in the real one's words. It is no proxy.
//
//     clang -static -O1 -o stand-in stand-in.c
//
// With -DREFUSES_ALL it is one whose configuration is never right.

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static void refuse(const char *what, const char *detail) {
    fprintf(stderr, "loading config: invalid config: %s%s\n", what, detail);
    exit(1);
}

static char *contents(const char *path) {
    static char bytes[1 << 20];
    FILE *file = fopen(path, "re");
    if (!file) refuse("reading config ", path);
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = 0;
    fclose(file);
    return bytes;
}

// The text of the first member of a name, where the renderer writes no spaces around its colon or one behind it.
static int member(const char *json, const char *name, char *into, size_t size) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *found = strstr(json, quoted);
    if (!found) return 0;
    found += strlen(quoted);
    found += strspn(found, " :");
    if (*found++ != '"') return 0;
    size_t length = strcspn(found, "\"");
    if (length >= size) return 0;
    memcpy(into, found, length);
    into[length] = 0;
    return 1;
}

// The key is its owner's alone, and the first thing in its file is a SEC1 key.
static void require_key(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) refuse("CA key not found at ", path);
    if (status.st_mode & 077 & ~040) refuse("CA key is too permissive: ", path);
    FILE *file = fopen(path, "re");
    char line[64] = "";
    if (!file || !fgets(line, sizeof line, file)) refuse("CA key cannot be read: ", path);
    fclose(file);
    if (strcmp(line, "-----BEGIN EC PRIVATE KEY-----\n") != 0) refuse("load TLS CA: no EC PRIVATE KEY in ", path);
}

static void log_event(const char *event, const char *client, const char *field, const char *value, const char *reason) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    printf("{\"level\":\"info\",\"event\":\"%s\",\"client_ip\":\"%s\",\"%s\":\"%s\",\"reason\":\"%s\"}\n", event, client,
           field, value, reason);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

static void *serve(void *argument) {
    int connection = (int)(long)argument;
    struct timeval patience = {.tv_sec = 10};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    char client[INET_ADDRSTRLEN] = "";
    if (getpeername(connection, (struct sockaddr *)&peer, &length) == 0)
        inet_ntop(AF_INET, &peer.sin_addr, client, sizeof client);
    char head[8192] = "";
    size_t used = 0;
    while (used < sizeof head - 1 && !strstr(head, "\r\n\r\n")) {
        ssize_t count = read(connection, head + used, sizeof head - 1 - used);
        if (count <= 0) break;
        used += (size_t)count;
        head[used] = 0;
    }
    char method[16] = "", target[2048] = "";
    int isRequest = sscanf(head, "%15[A-Z] %2047[!#-[^-~] HTTP/1.", method, target) == 2;
    char answer[1024] = "";
    if (isRequest && strcmp(method, "GET") == 0 && strncmp(target, "/health", 7) == 0) {
        const char *body = "{\"status\":\"healthy\",\"version\":\"stand-in\",\"mode\":\"strict\",\"uptime_seconds\":1,"
                           "\"forward_proxy_enabled\":true,\"tls_interception_enabled\":true,"
                           "\"request_body_scan_enabled\":true,\"kill_switch_active\":false}\n";
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 strlen(body), body);
        log_event("allowed", client, "url", target, "");
    } else if (isRequest) {
        int isTunnel = strcmp(method, "CONNECT") == 0;
        const char *body = isTunnel ? "CONNECT blocked: domain not in allowlist\n" : "blocked: domain not in allowlist\n";
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nX-Pipelock-Block-Reason: not_allowed\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 strlen(body), body);
        log_event("blocked", client, isTunnel ? "target" : "url", target, "domain not in allowlist");
    }
    for (size_t sent = 0, whole = strlen(answer); sent < whole;) {
        ssize_t count = send(connection, answer + sent, whole - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += (size_t)count;
    }
    close(connection);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4 || strcmp(arguments[1], "run") != 0 || strcmp(arguments[2], "--config") != 0)
        refuse("usage: run --config FILE", "");
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "HOME=", 5) != 0 && strncmp(*variable, "SSL_CERT_FILE=", 14) != 0)
            refuse("a variable that is none of mine", "");
    const char *config = contents(arguments[3]);
#ifdef REFUSES_ALL
    refuse("nothing is right for me", "");
#endif
    char text[256], key[256];
    if (!member(config, "mode", text, sizeof text) || strcmp(text, "strict") != 0) refuse("invalid mode", "");
    if (member(config, "ca_key", key, sizeof key) && *key) require_key(key);
    if (!member(config, "listen", text, sizeof text)) refuse("no listen", "");
    char *colon = strrchr(text, ':');
    if (!colon) refuse("listen needs host:port: ", text);
    *colon = 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(colon + 1))};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) refuse("listen needs an address: ", text);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0) {
        perror("proxy error: listen tcp");
        return 1;
    }
    printf("{\"level\":\"info\",\"event\":\"startup\",\"message\":\"stand-in for pipelock\"}\nplain words\n");
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        pthread_t thread;
        if (connection < 0) continue;
        if (pthread_create(&thread, NULL, serve, (void *)(long)connection) == 0)
            pthread_detach(thread);
        else
            close(connection);
    }
}
