// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// A program to execute, looked for in the PATH of its own environment when its name holds no slash.
struct Program {
    private let programArguments: [[UInt8]]
    private let environment: [[UInt8]]

    init(_ plan: SpawnPlan) {
        programArguments = plan.arguments
        environment = plan.environment
    }

    /// A program with the environment of this process.
    init(inheriting arguments: [[UInt8]]) {
        programArguments = arguments
        var lines: [[UInt8]] = []
        var next = launcher_environment()
        while let place = next, let line = place.pointee {
            lines.append(Array(String(cString: line).utf8))
            next = place + 1
        }
        environment = lines
    }

    /// Returns only when the program could not be executed.
    func execute() -> Failure {
        let arguments = Self.vector(programArguments)
        let environment = Self.vector(environment)
        let name = programArguments[0]
        var result = ErrorNumber.notFound
        for candidate in candidates(name) {
            let attempt = launcher_execve(text(candidate), arguments, environment)
            if attempt == ErrorNumber.notFound || attempt == -20 { continue }
            result = attempt
            // As a shell does: a file that may not be executed does not hide one that may.
            if attempt != ErrorNumber.accessDenied { break }
        }
        return Failure("exec", cannot: "execute " + text(name), Int(result))
    }

    private func candidates(_ name: [UInt8]) -> [[UInt8]] {
        if name.contains(47) { return [name] }
        let prefix = Array("PATH=".utf8)
        var path = Array("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".utf8)
        if let variable = environment.first(where: { $0.starts(with: prefix) }) {
            path = Array(variable[prefix.count...])
        }
        // An empty element means the working directory to a shell; here it means nothing.
        return path.split(separator: 58).map { Array($0) + [47] + name }
    }

    /// A null-terminated array of C strings that live as long as the process.
    private static func vector(_ strings: [[UInt8]]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
            for (offset, byte) in string.enumerated() { copy[offset] = CChar(bitPattern: byte) }
            copy[string.count] = 0
            vector[index] = copy
        }
        vector[strings.count] = nil
        return vector
    }
}
