// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a manifest looks like: the one description behind the decoder's keys and the JSON Schema for editors.
enum ManifestShape {
    /// One key of a mapping.
    struct Field: Sendable {
        let name: String
        let isRequired: Bool
        let text: String
        let kind: Kind

        init(_ name: String, required: Bool = false, _ kind: Kind, _ text: String) {
            (self.name, isRequired, self.kind, self.text) = (name, required, kind, text)
        }
    }

    /// What stands under a key.
    indirect enum Kind: Sendable {
        /// Text, with a regular expression that it matches at least.
        case string(pattern: String?)
        case choice([String])
        case integer(ClosedRange<Int>)
        case boolean
        /// Items that are all different when `unique` is set.
        case list(Kind, unique: Bool)
        /// A mapping with names of the user's own.
        case named(pattern: String, Kind)
        case object([Field])
        case anyOf([Kind])
    }

    static let manifest: [Field] = [
        Field("bottles", required: true, .named(pattern: name, .object(bottle)), "The bottles by name."),
        Field(
            "agents", required: true, .named(pattern: name, .anyOf([.object(agent), .object(agentFile)])),
            "The agents by name."),
    ]

    static let bottle: [Field] = [
        Field(
            "env", .named(pattern: variable, .string(pattern: nil)),
            "Variables of the guest; everybody can see them, so they hold no secrets. What the bottle computes wins."),
        Field(
            "allowlist", .list(.string(pattern: #"^(\*\.)?[A-Za-z0-9_.-]+$"#), unique: true),
            "The hosts that may be reached: exact names, or \"*.suffix\"."),
        Field("egress", .object(egress), "Credentials that are injected outside of the guest."),
        Field("git", .object(git), "Repositories that the guest reaches through git-gate."),
        Field("supervise", .boolean, "Whether the guest can ask for decisions of the operator. False when left out."),
    ]

    static let egress: [Field] = [
        Field("routes", .list(.object(route), unique: false), "The hosts that get a credential.")
    ]

    static let route: [Field] = [
        Field("host", required: true, .string(pattern: #"^[A-Za-z0-9_.-]+$"#), "The exact name of the host."),
        Field("scheme", .choice(["http", "https"]), "https when left out."),
        Field("port", .integer(1...65_535), "443 or 80, by scheme, when left out."),
        Field(
            "token", required: true, .string(pattern: "^[A-Z_][A-Z0-9_]{0,127}$"),
            "The name of the variable on the host that holds the token; never the token."),
        Field(
            "role", .string(pattern: "^[A-Za-z0-9_]{1,64}$"),
            "What the route is for; claude_code_oauth stands in for the agent's own login."),
    ]

    static let git: [Field] = [
        Field("upstreams", .list(.object(upstream), unique: false), "The repositories.")
    ]

    static let upstream: [Field] = [
        Field("name", required: true, .string(pattern: name), "The name at the gate, without \".git\"."),
        Field(
            "url", required: true, .string(pattern: nil), "ssh://user@host/path, user@host:path or https://host/path."),
        Field(
            "identity", .string(pattern: path),
            "The file with the private key, relative to the manifest's directory; ssh only."),
        Field(
            "known_hosts", .string(pattern: path),
            "The file with the server's host keys, relative to the manifest's directory; ssh only."),
    ]

    /// The keys that an agent has wherever it is declared.
    private static let commonAgent: [Field] = [
        Field("bottle", required: true, .string(pattern: name), "The bottle that the agent runs in."),
        Field(
            "skills", .list(.string(pattern: name), unique: true),
            "The skills that the guest gets: directories skills/<name> beside the manifest."),
        Field(
            "copy_cwd", .boolean,
            "Whether the guest gets a copy of the directory that the user works in. False when left out."),
    ]

    static let agent =
        commonAgent + [
            Field("prompt", .string(pattern: nil), "Text that is appended to the agent's system prompt.")
        ]

    static let agentFile: [Field] = [
        Field(
            "file", required: true, .string(pattern: path),
            "A Markdown file below the manifest's directory: front matter with the agent's keys, then its prompt.")
    ]

    /// The keys between the two "---" of an agent's Markdown file; its prompt is what follows.
    static let frontMatter = commonAgent

    private static let name = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
    private static let variable = "^[A-Za-z_][A-Za-z0-9_]{0,127}$"
    private static let path = "^[^/~-]"
}
