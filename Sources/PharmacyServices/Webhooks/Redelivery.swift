/// What has come of making a delivery again.
enum Redelivery {
    case started
    /// There is no such delivery.
    case absent
    /// It has not ended yet.
    case pending
}
