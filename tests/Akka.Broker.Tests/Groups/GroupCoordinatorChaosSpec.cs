using Akka.Actor;
using Akka.Broker.Protocol;

namespace Akka.Broker.Tests.Groups;

/// <summary>
/// Many groups commit through one coordinator while appends are refused, their answers are lost, and the leadership ends, as a seed has it.
/// What was acknowledged is never lost: each group commits rising offsets, and in the end has at least the last that was acknowledged.
/// </summary>
public sealed class GroupCoordinatorChaosSpec
{
    private const int Groups = 16;
    private const int CommitsPerGroup = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task What_was_acknowledged_is_there_in_the_end(int seed)
    {
        using var node = new GroupsTestContext();
        var acknowledged = await Task.WhenAll(Enumerable.Range(0, Groups).Select(i => CommitAll(node, $"g{i}", new Random((seed * 1_000) + i))));
        Assert.All(acknowledged, a => Assert.True(a > 0));
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Groups; i++)
            {
                var (error, offset) = await Fetch(new GroupClient(node, $"g{i}"));
                Assert.Equal(ErrorCode.None, error);
                Assert.InRange(offset, acknowledged[i], CommitsPerGroup);
            }

            await node.TakeOverAsync();
        }
    }

    /// <summary>Returns the last offset that was acknowledged.</summary>
    private static async Task<long> CommitAll(GroupsTestContext node, string groupId, Random random)
    {
        var client = new GroupClient(node, groupId);
        var acknowledged = 0L;
        for (var offset = 1; offset <= CommitsPerGroup; offset++)
        {
            Disturb(node, random);
            ErrorCode error;
            do
            {
                error = await client.CommitAsync(offset);
            }
            while (error == ErrorCode.CoordinatorLoadInProgress);
            if (error == ErrorCode.None)
                acknowledged = offset;
            else
                Assert.Contains(error, new[] { ErrorCode.CoordinatorNotAvailable, ErrorCode.NotCoordinator });
            if (error == ErrorCode.None && random.Next(4) == 0)
                await CheckReadsBack(client, acknowledged);
        }

        return acknowledged;
    }

    private static async Task CheckReadsBack(GroupClient client, long acknowledged)
    {
        var (error, offset) = await Fetch(client);
        Assert.Equal((ErrorCode.None, acknowledged), (error, offset));
    }

    private static void Disturb(GroupsTestContext node, Random random)
    {
        object? disturbance = random.Next(40) switch
        {
            0 => new MemoryPartition.LoseNext(),
            1 => new MemoryPartition.Close(),
            2 => new MemoryPartition.FailNext(ErrorCode.NotEnoughReplicas),
            3 => new MemoryPartition.FailNext(ErrorCode.KafkaStorageError),
            _ => null,
        };
        if (disturbance is not null)
            node.Partition.Tell(disturbance, ActorRefs.NoSender);
    }

    private static async Task<(ErrorCode Error, long Offset)> Fetch(GroupClient client)
    {
        (ErrorCode Error, long) fetched;
        do
        {
            fetched = await client.FetchAsync();
        }
        while (fetched.Error is ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable);
        return fetched;
    }
}
