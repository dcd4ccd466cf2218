/// A row with the data that it is compared with.
protocol IntegrityRecord: Sendable, SendableMetatype {
    /// Increases within a walk.
    var position: Int64 { get }
    /// The row's uuid, or its table and number.
    var subject: String { get }
}
