import Testing

@Test func placeholder() throws {
    let x: Int? = 1
    #expect(try #require(x) == 1)
}
