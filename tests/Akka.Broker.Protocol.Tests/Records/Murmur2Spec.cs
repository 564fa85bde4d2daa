using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class Murmur2Spec
{
    // What Kafka's Java client makes of these keys.
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Hash_is_that_of_the_java_client(string key, int hash) => Assert.Equal(hash, Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void Every_key_has_a_partition()
    {
        for (var i = 0; i < 1000; i++)
            Assert.InRange(Murmur2.PartitionOf(BitConverter.GetBytes(i), 7), 0, 6);
        Assert.Equal((-790332482 & int.MaxValue) % 12, Murmur2.PartitionOf("foobar"u8, 12));
    }
}
