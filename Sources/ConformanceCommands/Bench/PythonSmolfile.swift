// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import BottleSystem
import FoundationEssentials

/// The seeds' form of a Smolfile rendered by Python, to have something to measure against.
enum PythonSmolfile {
    struct Answer: Decodable {
        let version: String
        let text: String
        let rendersPerSecond: Double

        var bytes: [UInt8] { Array(text.utf8) }
    }

    private struct Question: Encodable {
        let slug: String
        let socket: String
        let environment: [String: String]
        let command: [String]
        let seconds: Double
    }

    /// Text replacement and joins, which is what a plain Python renderer of a small format consists of.
    private static let program = """
        import json, platform, sys, time
        ask = json.load(sys.stdin)

        def text(value):
            return '"' + str(value).replace('\\\\', '\\\\\\\\').replace('"', '\\\\"') + '"'

        def texts(values):
            return '[' + ', '.join(map(text, values)) + ']'

        def smolfile():
            pairs = [name + '=' + value for name, value in sorted(ask['environment'].items())]
            parts = ['name = ' + text('claude-bottle-' + ask['slug']), 'command = ' + texts(ask['command']),
                     'env = ' + texts(pairs), '', '[[net]]']
            for key, value in (('type', 'virtio-net'), ('attachment', 'unixgram'), ('socket', ask['socket'])):
                parts.append(key + ' = ' + text(value))
            return '\\n'.join(parts) + '\\n'

        count, begin, end = 0, time.perf_counter(), 0.0
        while end - begin < ask['seconds']:
            for _ in range(64):
                smolfile()
            count, end = count + 64, time.perf_counter()
        json.dump({'version': 'Python ' + platform.python_version(), 'text': smolfile(),
                   'rendersPerSecond': count / (end - begin)}, sys.stdout)
        """

    /// - Throws: `.prerequisite` without a python3, `.transport` or `.timeout` when it breaks off.
    static func run(_ input: SmolfileInput, time: Duration) async throws -> Answer {
        let question = Question(
            slug: input.slug, socket: input.socket, environment: input.environment, command: input.command,
            seconds: time / .seconds(1))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let command = HostCommand(
            ["python3", "-I", "-c", program], environment: ["PATH": path],
            stdin: Array(try JSONEncoder().encode(question)),
            deadline: time + .seconds(30))
        let result = try await command.run()
        guard result.status == 0 else {
            throw BottleError(.transport, "python3 ended with \(result.status).")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(result.stdout))
    }
}
