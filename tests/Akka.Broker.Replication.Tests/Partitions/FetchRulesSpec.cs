using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class FetchRulesSpec
{
    // The leader's log: [5, 100), epochs 1 from 0, 3 from 40, 6 from 80; it leads at epoch 7 and has written nothing in it yet.
    private static FetchVerdict Check(long offset, int lastEpoch, int leaderEpoch = 7) => FetchRules.Check(
        new ReplicaFetch(leaderEpoch, offset, lastEpoch, 0), 7, 5, 100, new MemoryEpochs((1, 5), (3, 40), (6, 80)));

    [Theory]
    [InlineData(100, 6)]
    [InlineData(90, 6)]
    [InlineData(80, 3)]
    [InlineData(60, 3)]
    [InlineData(40, 1)]
    [InlineData(5, -1)]
    public void A_log_that_agrees_is_read(long offset, int lastEpoch) => Assert.True(Check(offset, lastEpoch).MayRead);

    [Theory]
    [InlineData(101, 6, 100, 6)] // Longer than the leader's.
    [InlineData(90, 3, 80, 3)] // The old leader wrote on in epoch 3.
    [InlineData(90, 5, 80, 3)] // Epoch 5 is nothing that the leader knows.
    [InlineData(70, 5, 80, 3)]
    [InlineData(50, 2, 40, 1)]
    [InlineData(120, 7, 100, 6)] // The leader has not noted its own epoch yet.
    public void A_log_that_parts_is_told_where(long offset, int lastEpoch, long endOffset, int endEpoch) =>
        Assert.Equal(new FetchVerdict(ErrorCode.None, new OffsetAndEpoch(endOffset, endEpoch)), Check(offset, lastEpoch));

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(101, -1)]
    [InlineData(50, 9)]
    public void What_the_leader_does_not_have_is_out_of_range(long offset, int lastEpoch) =>
        Assert.Equal(ErrorCode.OffsetOutOfRange, Check(offset, lastEpoch).Error);

    [Theory]
    [InlineData(6, ErrorCode.FencedLeaderEpoch)]
    [InlineData(8, ErrorCode.UnknownLeaderEpoch)]
    [InlineData(-1, ErrorCode.None)]
    public void Another_leader_epoch_is_fenced(int leaderEpoch, ErrorCode expected) => Assert.Equal(expected, Check(90, 6, leaderEpoch).Error);
}
