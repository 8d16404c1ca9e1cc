// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#endif

// Started by the probe, which has no TLS of its own, with a connection that is up already: see `Arguments`.
signal(SIGPIPE, SIG_IGN)
exit(Pipe.run(Array(CommandLine.arguments.dropFirst())))
