// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc
    import Synchronization

    /// Keeps apart what comes while an image is converted and what comes while none is.
    struct ConversionCensus: Sendable {
        let images: any TrialImages
        let watch: ConversionWatch
        private var known: Set<TeardownOutcome.Remnant>
        /// What came while nothing was converted.
        private(set) var strangers: [String] = []

        init(images: any TrialImages, watch: ConversionWatch, known: Set<TeardownOutcome.Remnant>) {
            self.images = images
            self.watch = watch
            self.known = known
        }

        /// Called right after an attempt: what has come until now is that one's.
        mutating func lookAround() async throws {
            watch.accept(await watch.listeners())
            known.formUnion(try await images.census())
        }

        /// Called right before one: what has come since the last is nobody's of the trial.
        mutating func lookForStrangers() async throws {
            let listeners = await watch.listeners()
            watch.accept(listeners)
            let found = try await images.census().subtracting(known)
            known.formUnion(found)
            strangers += listeners.sorted() + found.sorted().map(\.description)
        }
    }

    /// The archives that were seen at one moment of a conversion.
    final class ArchiveSight: Sendable {
        private let seen = Mutex<Set<String>>([])
        var all: [String] { seen.withLock { $0.sorted() } }
        func note(_ archives: [String]) { seen.withLock { $0.formUnion(archives) } }
    }

    /// A socket that listens on 127.0.0.1, where a watcher has to find it.
    struct LoopbackListener: ~Copyable {
        private let descriptor: Int32
        /// As the kernel's tables have it, for example `tcp 127.0.0.1:4000`.
        let socket: String

        init() throws(BottleError) {
            descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw .io("make a socket", errno) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isUp = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0
                        && getsockname(descriptor, $0, &size) == 0
                }
            }
            guard isUp else {
                let code = errno
                close(descriptor)
                throw .io("listen on 127.0.0.1", code)
            }
            socket = "tcp 127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        }

        func end() { close(descriptor) }
    }
#endif
