import FoundationEssentials
import NIOPosix

struct A: Codable { var a: Int }
package func go() throws {
    print(MultiThreadedEventLoopGroup.singleton); print(try JSONDecoder().decode(A.self, from: Data("{\"a\":1}".utf8)))
}
