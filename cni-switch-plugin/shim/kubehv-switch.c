/*
 * The CNI plug-in that the container runtime starts. Pods without ports of virtual switches pass here, without the daemon; all
 * else is the daemon's, which is asked over its socket. Takes nothing from the heap, and no input makes it wait for long.
 *
 * A call, to the daemon and in the spool: "KHV1", the length of the rest (4 bytes, big-endian), each variable with a NUL after
 * it, the configuration. An answer: the length of the rest, the exit status (1 byte), what goes to standard output.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#ifndef RUN_DIRECTORY
#define RUN_DIRECTORY "/run/kubehv"
#define DEADLINE_SECONDS 20 /* for a daemon that is there; one that is away is known at once */
#endif
#define SPOOL RUN_DIRECTORY "/spool"
#define AWAY "the node's switch daemon does not answer; see the DaemonSet cni-switch-plugin"
/* The configuration has room for all annotations that a pod can have, and each byte of them escaped. */
enum { INPUT_SECONDS = 5, STATUS_SECONDS = 2, VARIABLE_MAX = 8192, ANSWER_MAX = 1 << 20, INPUT_MAX = 2 << 20 };
enum { CONTAINER = 1, NAMESPACE, INTERFACE, VARIABLE_COUNT = 6 };
typedef struct { const char *at; size_t length; } slice;
/* `least` is the first of the versions that has the command. */
static const struct command { const char *name; int is_attachment, needs_namespace, least, when_away; } COMMANDS[] = {
    {"ADD", 1, 1, 0, 11}, {"DEL", 1, 0, 0, 0}, {"CHECK", 1, 1, 2, 11}, {"GC", 0, 0, 4, 11}, {"STATUS", 0, 0, 4, 50}};
static const char *const VERSIONS[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};
static const char *const VARIABLES[] = {"CNI_COMMAND", "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS", "CNI_PATH"};
static const char *variable[VARIABLE_COUNT], *version = "1.1.0";
static char call[8 + VARIABLE_COUNT * VARIABLE_MAX + INPUT_MAX], answer[ANSWER_MAX];
static _Noreturn void finish(int status, const char *output, size_t length) {
    _exit(length && write(STDOUT_FILENO, output, length) != (ssize_t)length ? 1 : status);
}
/* Ends with an error as CNI wants it. The value is the caller's, so only its harmless part is shown. */
static _Noreturn void fail(int code, const char *message, const char *value) {
    char shown[81] = "", text[512];
    for (size_t n = 0; value[n] && n < sizeof shown - 1; n++)
        shown[n] = value[n] < ' ' || value[n] > '~' || value[n] == '"' || value[n] == '\\' ? '?' : value[n];
    finish(1, text, (size_t)snprintf(text, sizeof text, "{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"%s\",\"details\":\"%s\"}\n",
                                     version, code, message, shown));
}
static void interrupt(int signal) { (void)signal; }
/* From then on every call that waits ends with EINTR, again and again, should the first come between two of them. */
static void set_deadline(int seconds) {
    struct itimerval timer = {{0, seconds ? 20000 : 0}, {seconds, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
}
/* ---- JSON: no more than it takes to find a member; whoever uses a value parses it ---- */
static const char *skip_space(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
    return p;
}
static const char *skip_string(const char *p, const char *end) {
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end) return NULL;
    return p < end ? p + 1 : NULL;
}
static int is_scalar(char c) { return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '+'; }
/* NULL where there is no value. */
static const char *skip_value(const char *p, const char *end) {
    size_t depth = 0;
    do {
        if ((p = skip_space(p, end)) == end) return NULL;
        if (*p == '"') p = skip_string(p, end);
        else if (*p == '{' || *p == '[') depth++, p++;
        else if (depth && (*p == '}' || *p == ']')) depth--, p++;
        else if (depth && (*p == ',' || *p == ':')) p++;
        else if (is_scalar(*p)) while (p < end && is_scalar(*p)) p++;
        else return NULL;
    } while (p && depth);
    return p;
}
/* The last of its name, as the runtime's own parser takes it; null counts as absent. */
static slice member(slice object, const char *key) {
    slice found = {NULL, 0};
    if (!object.at || *object.at != '{') return found;
    const char *end = object.at + object.length, *p = object.at, *next = NULL;
    do {
        p = skip_space(p + 1, end);
        if (p < end && *p == '}' && !next) return found;
        const char *name = p + 1, *after = p < end && *p == '"' ? skip_string(p, end) : NULL;
        const char *colon = after ? skip_space(after, end) : end;
        const char *value = colon < end && *colon == ':' ? skip_space(colon + 1, end) : end;
        if (!(next = skip_value(value, end))) break;
        if ((size_t)(after - 1 - name) == strlen(key) && !memcmp(name, key, strlen(key)))
            found = (slice){*value == 'n' ? NULL : value, (size_t)(next - value)};
        p = skip_space(next, end);
    } while (p < end && *p == ',');
    if (!next || p == end || *p != '}') fail(6, "standard input is no JSON object, or a part of it is none; looked for", key);
    return found;
}
/* ---- What CNI says about a call ---- */
static int is_name(const char *text, size_t length) {
    for (size_t n = 0; n < length; n++)
        if (text[n] == '+' || !(is_scalar(text[n]) || text[n] == '_') || (n == 0 && strchr("-._", text[n]))) return 0;
    return length > 0;
}
static char *check_variables(const struct command *command, char *to) {
    for (int n = 0; n < VARIABLE_COUNT; n++) {
        variable[n] = getenv(VARIABLES[n]) ? getenv(VARIABLES[n]) : "";
        if (strlen(variable[n]) >= VARIABLE_MAX) fail(4, "a variable has more than 8191 bytes", VARIABLES[n]);
        if (command->is_attachment && !*variable[n] && n <= INTERFACE && (n != NAMESPACE || command->needs_namespace))
            fail(4, "a variable is missing", VARIABLES[n]);
        to = stpcpy(to, variable[n]) + 1;
    }
    const char *id = variable[CONTAINER], *name = variable[INTERFACE], *override = getenv("CNI_NETNS_OVERRIDE");
    if (*id && (strlen(id) > 200 || !is_name(id, strlen(id))))
        fail(4, "CNI_CONTAINERID must begin with a letter or digit and have up to 200 of these, _, . and -", id);
    if (strlen(name) > 15 || !strcmp(name, ".") || !strcmp(name, "..") || strpbrk(name, "/: \t\n\v\f\r"))
        fail(4, "CNI_IFNAME must have up to 15 bytes and be no path, without white space and colons", name);
    struct stat theirs, own;
    if (command->needs_namespace && !(override && (!strcmp(override, "1") || !strcasecmp(override, "true")))
        && !stat(variable[NAMESPACE], &theirs) && !stat("/proc/self/ns/net", &own)
        && theirs.st_dev == own.st_dev && theirs.st_ino == own.st_ino)
        fail(8, "CNI_NETNS is the plug-in's own network namespace, not a pod's", variable[NAMESPACE]);
    return to;
}
static void check_configuration(slice configuration, const struct command *command) {
    slice given = member(configuration, "cniVersion"), name = member(configuration, "name");
    int found = 4;
    while (found >= 0 && !(given.at && given.length == 7 && !memcmp(given.at + 1, VERSIONS[found], 5))) found--;
    if (found < 0) fail(1, "cniVersion must be one of 0.3.0, 0.3.1, 0.4.0, 1.0.0 and 1.1.0", "");
    version = VERSIONS[found];
    if (found < command->least) fail(1, "the configuration's cniVersion has no such command yet", command->name);
    if (!name.at || *name.at != '"' || !is_name(name.at + 1, name.length - 2))
        fail(7, "name must begin with a letter or digit and have only these, _, . and -", "");
}
/* ---- The daemon ---- */
/* Returns only where there is no whole answer. */
static void ask_daemon(size_t length, int seconds) {
    struct sockaddr_un address = {AF_UNIX, RUN_DIRECTORY "/switch.sock"};
    uint32_t size = 0;
    set_deadline(seconds);
    int daemon = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    errno = 0;
    if (connect(daemon, (struct sockaddr *)&address, sizeof address) || write(daemon, call, length) != (ssize_t)length
        || recv(daemon, &size, sizeof size, MSG_WAITALL) != sizeof size || (size = ntohl(size)) < 1 || size > ANSWER_MAX
        || recv(daemon, answer, size, MSG_WAITALL) != (ssize_t)size) return;
    finish(answer[0] ? 1 : 0, answer + 1, size - 1);
}
/* A DEL that nobody hears now is done later: the pod's end does not wait for the daemon. */
static _Noreturn void spool(size_t length) {
    char partial[sizeof SPOOL + 250], whole[sizeof SPOOL + 250];
    set_deadline(0);
    snprintf(partial, sizeof partial, SPOOL "/.%s@%s.%d", variable[CONTAINER], variable[INTERFACE], getpid());
    snprintf(whole, sizeof whole, SPOOL "/%s@%s", variable[CONTAINER], variable[INTERFACE]);
    mkdir(RUN_DIRECTORY, 0755), mkdir(SPOOL, 0700);
    int directory = open(SPOOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (write(file, call, length) == (ssize_t)length && !fsync(file) && !rename(partial, whole) && !fsync(directory))
        finish(0, "", 0);
    const char *reason = strerror(errno);
    unlink(partial);
    fail(5, "the switch daemon does not answer, and the DEL can't be kept for it in " SPOOL, reason);
}
int main(void) {
    const char *name = getenv("CNI_COMMAND");
    if (!name || !*name) _exit(dprintf(STDERR_FILENO, "The plug-in of KubeHV's virtual switches, for CNI 0.3.0 to 1.1.0\n") < 0);
    if (!strcmp(name, "VERSION")) _exit(dprintf(STDOUT_FILENO, "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
        "[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n") < 0);
    const struct command *command = COMMANDS, *none = COMMANDS + sizeof COMMANDS / sizeof *COMMANDS;
    while (command < none && strcmp(command->name, name)) command++;
    if (command == none) fail(4, "CNI_COMMAND must be ADD, DEL, CHECK, GC, STATUS or VERSION", name);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = interrupt}, NULL);
    signal(SIGPIPE, SIG_IGN);
    set_deadline(INPUT_SECONDS);
    char *input = check_variables(command, call + 8), *end = input;
    ssize_t got;
    while ((got = read(STDIN_FILENO, end, INPUT_MAX - (size_t)(end - input))) > 0) end += got;
    if (got < 0) fail(5, "can't read the configuration from standard input", strerror(errno));
    if (end - input == INPUT_MAX) fail(6, "the configuration on standard input must have less than 2 MiB", "");
    uint32_t rest = htonl((uint32_t)(end - call - 8));
    memcpy(mempcpy(call, "KHV1", 4), &rest, sizeof rest);
    const char *begin = skip_space(input, end);
    slice configuration = {begin, (size_t)(end - begin)};
    if (begin == end || *begin != '{') fail(6, "standard input is no JSON object", "");
    check_configuration(configuration, command);
    slice annotations = member(member(configuration, "runtimeConfig"), "io.kubernetes.cri.pod-annotations");
    int is_ours = member(configuration, "switch").at || member(annotations, "kubehv.io/switch-ports").at;
    if (command->is_attachment && !is_ours) {
        slice previous = member(configuration, "prevResult");
        if (!command->needs_namespace) finish(0, "", 0);
        if (!previous.at) fail(7, "prevResult is missing: the plug-in stands behind another, or has a switch configured", "");
        finish(0, previous.at, *name == 'A' ? previous.length : 0);
    }
    ask_daemon((size_t)(end - call), command->when_away == 50 ? STATUS_SECONDS : DEADLINE_SECONDS);
    const char *reason = errno ? strerror(errno) : "it ended in the middle of its answer";
    if (!command->when_away) spool((size_t)(end - call));
    fail(command->when_away, AWAY, reason);
}
