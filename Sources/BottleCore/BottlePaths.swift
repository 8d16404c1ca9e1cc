// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Where everything of every bottle stands on the host; computed from an environment, nothing is touched.
public struct BottlePaths: Sendable, Hashable {
    /// `<cache>/claude-bottle`: what may be deleted at any time.
    public let cache: String
    /// `<state>/claude-bottle`: what must outlive a process.
    public let state: String

    /// The directories below `XDG_CACHE_HOME` and `XDG_STATE_HOME`, or below `HOME` where those are not absolute.
    ///
    /// - Throws: `.usage` when `HOME` is needed and is no absolute path.
    public init(environment: [String: String]) throws(BottleError) {
        cache = try BottlePaths.root("XDG_CACHE_HOME", ".cache", environment)
        state = try BottlePaths.root("XDG_STATE_HOME", ".local/state", environment)
    }

    /// Directories that the caller has settled already.
    public init(cache: String, state: String) {
        self.cache = cache
        self.state = state
    }

    private static func root(
        _ variable: String, _ fallback: String, _ environment: [String: String]
    ) throws(BottleError) -> String {
        // A relative value is invalid by the XDG specification, and ignored.
        if let path = environment[variable], path.hasPrefix("/") { return trimmed(path) + "/claude-bottle" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw BottleError(
                .usage,
                "Neither HOME nor \(variable) is set to an absolute path; set one to say where files may live.")
        }
        return "\(trimmed(home))/\(fallback)/claude-bottle"
    }

    private static func trimmed(_ path: String) -> Substring {
        var path = path[...]
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The directory of the artefacts of the smolmachines backend.
    public var smolmachines: String { "\(cache)/smolmachines" }

    /// The artefact of an image.
    public func artefact(of image: ImageDigest) -> String { "\(smolmachines)/\(image.short).smolmachine" }

    /// Stands in a path for the first 16 digits of an image's digest, which is known once the image is built.
    public static let unknownDigest = "{digest16}"

    /// The artefact of an image that is not built yet, `unknownDigest` in its name.
    public var futureArtefact: String { "\(smolmachines)/\(BottlePaths.unknownDigest).smolmachine" }

    /// The archive of an image that is not built yet, `unknownDigest` in its name.
    public var futureImageTar: String { "\(smolmachines)/\(BottlePaths.unknownDigest).image.tar" }

    /// The image while it is being converted; removed on every path.
    public func imageTar(of image: ImageDigest) -> String { "\(smolmachines)/\(image.short).image.tar" }

    /// The paths of one bottle.
    public func bottle(_ slug: Slug) -> Bottle { Bottle(directory: "\(state)/\(slug)") }

    /// The paths of one bottle, all below a directory of its own; directories are 0700 and files 0600 from creation.
    public struct Bottle: Sendable, Hashable {
        /// `<state>/claude-bottle/<slug>`.
        public let directory: String

        public init(directory: String) { self.directory = directory }

        /// The directories of the bottle's parts by name, the guest's own (`agent`) included.
        public var stateDirectories: [String: String] {
            Dictionary(uniqueKeysWithValues: BottlePaths.parts.map { ($0, "\(directory)/\($0)") })
        }

        public var metadata: String { "\(directory)/metadata.json" }
        public var prompt: String { "\(directory)/agent/prompt.txt" }
        public var pipelockConfig: String { "\(directory)/pipelock/pipelock.yaml" }
        public var pipelockAuthority: CertificateFiles { CertificateFiles(directory: "\(directory)/pipelock") }
        public var routes: String { "\(directory)/egress/routes.yaml" }
        public var egressAuthority: CertificateFiles { CertificateFiles(directory: "\(directory)/egress") }
        public var gitGateEntrypoint: String { "\(directory)/git-gate/entrypoint.sh" }
        public var gitGateHook: String { "\(directory)/git-gate/pre-receive" }
        public var gitGateAccess: String { "\(directory)/git-gate/access" }
        public var gitleaksConfig: String { "\(directory)/git-gate/gitleaks.toml" }
        public var superviseQueue: String { "\(directory)/supervise/queue" }
        /// The directory of what is rendered for the backend's own tools.
        public var stage: String { "\(directory)/stage" }
        public var smolfile: String { "\(stage)/smolfile.toml" }
        /// The Smolfile that today's smolvm reads; for people, no launch reads it.
        public var smolvmSmolfile: String { "\(stage)/smolfile-smolvm.toml" }
        public var gvproxySocket: String { "\(stage)/gvproxy.sock" }
        /// Where smolvm keeps everything of this bottle.
        public var smolvmState: String { "\(stage)/smolvm" }
        public var composeFile: String { "\(stage)/compose.yaml" }
        public var gvproxyConfig: String { "\(stage)/gvproxy.yaml" }
    }

    /// The parts of a bottle that have a state directory.
    public static let parts = ["agent", "pipelock", "egress", "git-gate", "supervise"]
}

/// The two files of a certificate authority of a bottle, minted anew at every launch.
public struct CertificateFiles: Sendable, Hashable, Codable {
    public var certificate: String
    /// A private key: 0600 in a directory 0700, mounted only into the bundle.
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// `ca.pem` and `ca-key.pem` in a directory.
    public init(directory: String) { self.init(certificate: "\(directory)/ca.pem", key: "\(directory)/ca-key.pem") }
}
