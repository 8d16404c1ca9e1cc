// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc

    /// The cache of a trial's driver, as a watcher finds it and lays hands on it.
    struct ConversionCache: Sendable {
        typealias Entry = ConversionOutcome.Entry

        let directory: String

        /// Every artefact below it, in the order of their paths.
        var entries: [Entry] {
            FileScan.files(below: directory).filter { $0.hasSuffix(".smolmachine") }.sorted().compactMap(entry)
        }

        /// Every archive below it, by its name or by what it begins with.
        var archives: [String] {
            FileScan.files(below: directory).filter { path in
                if path.hasSuffix(".smolmachine") { return false }
                return path.hasSuffix(".tar") || Self.isArchive(path)
            }.sorted().map(relative)
        }

        private func relative(_ path: String) -> String { String(path.dropFirst(directory.utf8.count + 1)) }

        private func entry(_ path: String) -> Entry? {
            guard let status = FileStatus(path) else { return nil }
            return Entry(
                path: relative(path), bytes: status.size, inode: status.inode, modified: status.modified)
        }

        private static func isArchive(_ path: String) -> Bool {
            let head = SmallFile.read(path, limit: 512) ?? []
            return head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8)
        }

        /// Puts half of another artefact under the name of an image's, as a conversion that dies may leave it.
        ///
        /// - Throws: `.io`, also where there is no artefact to take a half of.
        func plantHalf(of image: ConversionOutcome.Image) throws(BottleError) -> Entry {
            guard let whole = entries.first else { throw BottleError(.io, "There is no artefact to take a half of.") }
            guard let bytes = SmallFile.read("\(directory)/\(whole.path)", limit: whole.bytes / 2), !bytes.isEmpty
            else {
                throw .io("read \(whole.path)", errno)
            }
            let path = "\(directory)/\(image.artefact)"
            unlink(path)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .io("plant half an artefact", errno) }
            defer { close(descriptor) }
            var rest = bytes.prefix(max(whole.bytes / 2, 1))
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .io("plant half an artefact", errno) }
                rest = rest.dropFirst(count)
            }
            guard let planted = entry(path) else { throw .io("look at what was planted", errno) }
            return planted
        }

        /// The one archive that is there to be converted.
        ///
        /// - Throws: `.io` where there is none, or more than one.
        func archive() throws(BottleError) -> String {
            let found = archives
            guard found.count == 1, let path = found.first else {
                throw BottleError(.io, "There are \(found.count) archives to be converted.")
            }
            return "\(directory)/\(path)"
        }

        /// Writes another text of the same length over the first place where a text stands in a file.
        ///
        /// - Returns: Whether it stands there.
        /// - Throws: `.io`.
        static func replace(_ text: String, with other: String, in path: String) throws(BottleError) -> Bool {
            let (old, new) = (Array(text.utf8), Array(other.utf8))
            let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0, old.count == new.count, !old.isEmpty else { throw .io("change \(path)", errno) }
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var offset = 0
            while true {
                let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
                guard count >= 0 else { throw .io("read \(path)", errno) }
                if let place = buffer[..<count].firstRange(of: old)?.lowerBound {
                    guard pwrite(descriptor, new, new.count, off_t(offset + place)) == new.count else {
                        throw .io("change \(path)", errno)
                    }
                    return true
                }
                guard count == buffer.count else { return false }
                // What stands across two pieces is whole in the next one.
                offset += count - (old.count - 1)
            }
        }
    }
#endif
