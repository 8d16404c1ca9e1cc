// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// One exec with its outcome in an event log.
struct ExecRecord: Codable {
    struct RequestRecord: Codable {
        var argv: [String]
        var target: ExecTarget
        var environment: [String: String]
        var user: String?
        var workingDirectory: String?
        var tty: Bool
        var stdin: BytesRecord
        var deadlineMilliseconds: Int

        init(_ request: ExecRequest) {
            argv = request.argv
            target = request.target
            environment = request.environment
            user = request.user
            workingDirectory = request.workingDirectory
            tty = request.tty
            stdin = BytesRecord(request.stdin)
            deadlineMilliseconds = request.deadlineMilliseconds
        }

        /// The runtime value again.
        var value: ExecRequest {
            ExecRequest(
                argv, target: target, environment: environment, user: user, workingDirectory: workingDirectory,
                tty: tty, stdin: stdin.bytes, deadlineMilliseconds: deadlineMilliseconds)
        }
    }

    struct ResultRecord: Codable {
        /// Exactly one of exit code and signal, or neither when the deadline passed.
        var exitCode: Int32?
        var signal: Int32?
        var stdout: BytesRecord
        var stderr: BytesRecord
        var truncated: Bool

        init(_ result: ExecResult) {
            switch result.ending {
            case .exited(let code): exitCode = code
            case .signalled(let number): signal = number
            case .timedOut: break
            }
            stdout = BytesRecord(result.stdout)
            stderr = BytesRecord(result.stderr)
            truncated = result.truncated
        }

        /// The runtime value again.
        var value: ExecResult {
            let ending: ExecResult.Ending =
                exitCode.map { .exited($0) } ?? signal.map { .signalled($0) } ?? .timedOut
            return ExecResult(ending: ending, stdout: stdout.bytes, stderr: stderr.bytes, truncated: truncated)
        }
    }

    var key: String
    var nonce: String
    /// nil is `during`.
    var phase: ProbeStep.Phase?
    var request: RequestRecord
    var result: ResultRecord?
    var error: String?
    var hostFile: String?

    init(_ outcome: ExecOutcome) {
        key = outcome.step.key
        nonce = outcome.step.nonce.text
        phase = outcome.step.phase == .during ? nil : outcome.step.phase
        request = RequestRecord(outcome.step.request)
        result = outcome.result.map(ResultRecord.init)
        error = outcome.error
        hostFile = outcome.hostFile
    }

    /// The runtime value again.
    var value: ExecOutcome {
        let step = ExecStep(
            key: key, nonce: Nonce(text: nonce), request: request.value, phase: phase ?? .during)
        return ExecOutcome(step: step, result: result?.value, error: error, hostFile: hostFile)
    }
}
