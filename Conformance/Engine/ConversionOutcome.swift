// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a driver made of images that were to become artefacts, in a cache of the trial's own.
public struct ConversionOutcome: Sendable, Hashable, Codable {
    public typealias Remnant = TeardownOutcome.Remnant

    /// An image that the trial made: the guest's, and one file more by which it is known.
    public struct Image: Sendable, Hashable, Codable {
        /// As the engine calls it, 64 hex digits.
        public var digest: String
        /// What is in the file.
        public var marker: String
        /// Where its artefact has to stand, below the cache.
        public var artefact: String { "smolmachines/\(digest.prefix(16)).smolmachine" }

        public init(digest: String, marker: String) {
            self.digest = digest
            self.marker = marker
        }
    }

    /// An artefact in the cache, with what tells it from another of its name.
    public struct Entry: Sendable, Hashable, Codable {
        /// Below the cache.
        public var path: String
        public var bytes: Int
        public var inode: UInt64
        /// Nanoseconds since 1970.
        public var modified: Int64

        public init(path: String, bytes: Int, inode: UInt64, modified: Int64) {
            self.path = path
            self.bytes = bytes
            self.inode = inode
            self.modified = modified
        }
    }

    /// A launch, or two at once, of which the way to the artefact is looked at.
    public struct Attempt: Sendable, Hashable, Codable {
        public enum How: String, Sendable, Hashable, Codable, CaseIterable {
            /// Two at once, of an image that nobody has converted.
            case together
            /// The same reference once more.
            case again
            /// Another reference to the same image.
            case renamed
            /// The step `save` was made to fail; from here on the reference stands for the second image.
            case saveFailed = "save-failed"
            /// The program that saves was killed.
            case saveKilled = "save-killed"
            /// The step `convert` was made to fail.
            case convertFailed = "convert-failed"
            /// A few bytes of the image in its archive were changed before it was converted.
            case contentChanged = "content-changed"
            /// The archive of the first image was put in the place of the second one's.
            case imageSwapped = "image-swapped"
            /// The step `keep` was made to fail.
            case keepFailed = "keep-failed"
            /// The launch was interrupted while its image was converted.
            case interrupted
            /// The program that converts was killed half-way.
            case packKilled = "pack-killed"
            /// Half an artefact stood in the cache under the image's name; this launch goes on, and its guest is asked which image
            /// it has.
            case partial
        }
        public var how: How
        /// The digest of the image that the reference stood for.
        public var image: String
        public var launches: Int
        /// How many of them had an artefact.
        public var ready = 0
        /// What the trial meant to do to it was done.
        public var isDisturbed = false
        /// What was put into the cache before.
        public var planted: Entry?
        /// What the guest says that its image is.
        public var marker: String?
        public var errors: [String] = []
        /// What came into the cache meanwhile, in order; below it.
        public var appeared: [String] = []
        /// The archives that stood in the cache when the archive was to be converted.
        public var archives: [String] = []
        /// How many processes were seen that saved an image, and that converted one.
        public var saves = 0
        public var packs = 0
        /// The artefacts in the cache afterwards.
        public var entries: [Entry] = []
        /// The archives in the cache afterwards, whatever they are called.
        public var left: [String] = []
        /// From the look at the image to the artefact, of the last launch that had one.
        public var milliseconds: Double?

        public init(_ how: How, image: String, launches: Int = 1) {
            self.how = how
            self.image = image
            self.launches = launches
        }
    }

    /// A socket that listened while an image was converted, and not before.
    public struct Listener: Sendable, Hashable, Codable {
        /// For example `tcp 0.0.0.0:5000`.
        public var socket: String
        public var during: Attempt.How

        public init(socket: String, during: Attempt.How) {
            self.socket = socket
            self.during = during
        }
    }

    /// Two, which differ in their marker.
    public var images: [Image]
    public var attempts: [Attempt]
    /// The layers are packed in the archives of these images, where no few bytes of them can be changed.
    public var isPacked: Bool
    public var listeners: [Listener]
    /// What was there at the end of it all and not at its begin, on the engine and of machines that convert.
    public var left: [Remnant]
    /// What came while nothing was converted: somebody else is at work on this machine.
    public var strangers: [String]
    /// By kind, whether what the harness planted was seen: all that it looks for.
    public var planted: [String: Bool]
    /// The digest that the reference stood for in the end.
    public var reference: String?

    public init(images: [Image] = []) {
        self.images = images
        attempts = []
        isPacked = false
        listeners = []
        left = []
        strangers = []
        planted = [:]
    }

    /// An attempt of the trial.
    public func attempt(_ how: Attempt.How) -> Attempt? { attempts.first { $0.how == how } }
    /// The image that was there first, and the one that took its reference.
    public var first: Image? { images.first }
    public var second: Image? { images.dropFirst().first }
}

extension ConversionOutcome.Attempt {
    /// The artefact of an image, as it is afterwards.
    public func entry(of image: ConversionOutcome.Image) -> ConversionOutcome.Entry? {
        entries.first { $0.path == image.artefact }
    }
}
