using Akka.Broker.Protocol.Messages;
using Akka.Tests;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>What a consumer asks can be asked of brokers of older releases, too: each request is written in the version that they serve.</summary>
public sealed class OlderBrokersSpec() : PatientTestKit(ConsumerTestContext.Config)
{
    /// <summary>Metadata, FindCoordinator, JoinGroup, SyncGroup, Heartbeat, LeaveGroup, OffsetFetch, OffsetCommit, ListOffsets, OffsetForLeaderEpoch, Fetch.</summary>
    [Theory]
    [InlineData("2.4", 9, 3, 6, 4, 4, 4, 6, 8, 5, 3, 11)]
    [InlineData("1.0", 5, 1, 2, 1, 1, 1, 3, 3, 2, 0, 6)]
    [InlineData("0.11", 4, 1, 2, 1, 1, 1, 3, 3, 2, 0, 5)]
    public async Task A_member_of_a_group_joins_reads_commits_and_leaves(string release, params int[] versions)
    {
        ApiKey[] apis = [
            ApiKey.Metadata, ApiKey.FindCoordinator, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat, ApiKey.LeaveGroup,
            ApiKey.OffsetFetch, ApiKey.OffsetCommit, ApiKey.ListOffsets, ApiKey.OffsetForLeaderEpoch, ApiKey.Fetch];
        Assert.Equal(apis.Length, versions.Length);
        var context = new ConsumerTestContext(Sys);
        context.Cluster.Served = apis.Zip(versions).ToDictionary(v => v.First, v => (short)v.Second);
        context.Cluster.SetTopic("t", 1, [1]);
        context.Fill(T0, 5);
        context.Group.Assign(T0);

        await using (var consumer = context.Consumer(s => s with { Rack = "here" }))
        {
            await consumer.SubscribeAsync(["t"]);
            var read = 0;
            await foreach (var record in consumer)
            {
                Assert.Equal($"{read}", record.Value);
                if (++read == 5)
                    break;
            }
            await consumer.CommitAsync();
            Assert.Equal(4, (await consumer.CommittedAsync(T0))[T0].Offset);
            // A new leader is asked whether its log is the same.
            context.Cluster.SetTopic("t", 2, [2]);
            context.Reads.Append(T0, null, "5", leaderEpoch: 2);
            await foreach (var record in consumer)
            {
                if (record.Value == "5")
                    break;
            }
        }

        Assert.False(context.Group.HasMember, $"A broker of Kafka {release} was told that the member has left.");
    }
}
