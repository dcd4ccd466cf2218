/// A row with what it is compared with.
protocol IntegrityRecord: Sendable, SendableMetatype {
    /// Ascends within a walk.
    var position: Int64 { get }
    /// The row's uuid, or its table and number.
    var subject: String { get }
}
