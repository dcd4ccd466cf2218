internal import PharmacyDomain

/// The number of rows of a list, and the epoch in which they were counted.
struct ListCount {
    let total: Int?
    let epoch: Epoch
}
