// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A failure of the harness, a backend or its input: what went wrong, with what, and what to do about it.
public struct BottleError: Error, Sendable, CustomStringConvertible {
    /// The class of a failure; callers branch on this and never on the message.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case usage, input, prerequisite, launch, timeout, transport, unsupported, notFound, io, cancelled,
                internalFault
        }
        private let value: Value
        private init(_ value: Value) { self.value = value }
        public var description: String { value.rawValue }

        /// The command line asks for something that does not exist.
        public static let usage = Code(.usage)
        /// A file the user wrote cannot be used.
        public static let input = Code(.input)
        /// The machine lacks something the work needs.
        public static let prerequisite = Code(.prerequisite)
        /// A bottle could not be brought up.
        public static let launch = Code(.launch)
        /// A deadline passed.
        public static let timeout = Code(.timeout)
        /// A helper process or driver broke off or answered nonsense.
        public static let transport = Code(.transport)
        /// The backend does not offer the operation.
        public static let unsupported = Code(.unsupported)
        /// The named thing does not exist (any more).
        public static let notFound = Code(.notFound)
        /// The operating system refused a file, socket or process operation.
        public static let io = Code(.io)
        /// The work was interrupted.
        public static let cancelled = Code(.cancelled)
        /// A bug of ours.
        public static let internalFault = Code(.internalFault)
    }

    public let code: Code
    /// One sentence: what, where, what to do.
    public let message: String
    /// The failure below this one, if any.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause))"
    }
}
