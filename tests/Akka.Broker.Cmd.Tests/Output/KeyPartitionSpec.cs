using System.Text;
using Akka.Broker.Cmd.Access;

namespace Akka.Broker.Cmd.Tests.Output;

/// <summary>The values are those that Kafka's own clients are tested with.</summary>
public sealed class KeyPartitionSpec
{
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Keys_are_hashed_as_kafkas_clients_do(string key, int hash) => Assert.Equal(hash, (int)KeyPartition.Murmur2(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void What_has_no_key_goes_to_the_first_partition() => Assert.Equal(0, KeyPartition.Of(null, 7));
}
