// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// Looks through directories without following a link.
    enum FileScan {
        /// The regular files below a directory.
        static func files(below root: String) -> [String] {
            var found: [String] = []
            var waiting = [root]
            while let directory = waiting.popLast() {
                for name in TreeWatch.names(in: directory) {
                    let path = "\(directory)/\(name)"
                    var status = stat()
                    guard lstat(path, &status) == 0 else { continue }
                    switch status.st_mode & S_IFMT {
                    case S_IFDIR: waiting.append(path)
                    case S_IFREG: found.append(path)
                    default: continue
                    }
                }
            }
            return found
        }

        /// Hands over what is in every regular file below a directory, with the path below it.
        ///
        /// - Parameter limit: Bytes of a file; what is longer is not looked at.
        /// - Returns: What was there and not looked at, as the end of "the watcher ...".
        static func contents(below root: String, limit: Int, _ look: (String, [UInt8]) -> Void) -> [String] {
            files(below: root).compactMap { path in
                let relative = String(path.dropFirst(root.utf8.count + 1))
                guard let bytes = SmallFile.read(path, limit: limit + 1) else {
                    let code = errno
                    // What is gone is on no disk.
                    return code == ENOENT ? nil : "could not read \(relative) (\(String(cString: strerror(code))))"
                }
                guard bytes.count <= limit else {
                    return "did not read \(relative), which has more than \(limit) bytes"
                }
                look(relative, bytes)
                return nil
            }
        }

        /// The directories in a directory: a bottle's state is one, what a driver keeps for itself is files.
        static func directories(of root: String) -> [String] {
            TreeWatch.names(in: root).filter { name in
                var status = stat()
                return lstat("\(root)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }.sorted()
        }
    }
#endif
