import Testing

@testable import PealServer

@Suite struct StartMemoryTests {
    @Test func onlyTextOfFilesIsGivenBack() {
        let maps = """
            55d0c0000000-55d0c1000000 r--p 00000000 fe:01 100 /usr/bin/peal
            55d0c1000000-55d0c3000000 r-xp 01000000 fe:01 100 /usr/bin/peal
            55d0c3000000-55d0c4000000 rw-p 03000000 fe:01 100 /usr/bin/peal
            7f0000000000-7f0000001000 r-xp 00000000 00:00 0
            7f0000002000-7f0000003000 rwxp 00000000 fe:01 101 /usr/lib/odd.so
            7fff00000000-7fff00002000 r-xp 00000000 00:00 0 [vdso]
            7f0000004000-7f0000008000 r-xp 00002000 fe:01 102 /usr/lib/with a space.so

            """
        #expect(
            StartMemory.textRanges(in: maps) == [
                0x55d0_c100_0000..<0x55d0_c300_0000, 0x7f00_0000_4000..<0x7f00_0000_8000,
            ])
    }

    @Test func theProcessGoesOn() {
        StartMemory.giveBack()
        #expect((1...100).reduce(0, +) == 5050)
    }
}
