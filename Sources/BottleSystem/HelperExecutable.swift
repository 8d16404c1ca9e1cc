// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds the executables that are built along with this one.
package enum HelperExecutable {
    /// The variable that names another directory to look in, and then the only one.
    package static let overrideVariable = "BOTTLE_HELPERS_DIR"

    /// The absolute path of a helper: in `BOTTLE_HELPERS_DIR`, or else beside the running executable, which for tests is
    /// the test bundle. Throws `.prerequisite` when it is not there or not executable.
    ///
    /// - Parameter given: The only directory to look in, whatever the variable says.
    package static func path(_ name: String, in given: String? = nil) throws(BottleError) -> String {
        let directory: String
        if let given {
            directory = given
        } else if let override = getenv(overrideVariable) {
            directory = String(cString: override)
            guard directory.hasPrefix("/") else {
                throw BottleError(.usage, "\(overrideVariable) must be an absolute path; it is \"\(directory)\".")
            }
        } else {
            directory = try ownDirectory()
        }
        let path = directory + "/" + name
        guard access(path, X_OK) == 0 else {
            throw BottleError(
                .prerequisite,
                "There is no executable \(path); build the package (swift build) or set \(overrideVariable).")
        }
        return path
    }

    private static func ownDirectory() throws(BottleError) -> String {
        #if os(Linux)
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            guard count > 0, count < buffer.count else {
                throw BottleError(.io, "Cannot read /proc/self/exe; mount /proc or set \(overrideVariable).")
            }
            let own = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            let own = CommandLine.arguments.first ?? ""
        #endif
        guard let slash = own.lastIndex(of: "/") else { return "." }
        return String(own[..<slash])
    }
}
