using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Sdk;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Clients.Tests;

/// <summary>The voters of the metadata log, described and changed at brokers that are not the controller, and by the SDK.</summary>
public sealed class VotersSpec
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Voters_are_shown_and_changed_at_any_broker_and_by_the_sdk()
    {
        await using var cluster = await ThreeBrokers.StartAsync();
        await using var app = new SdkApplication(cluster.Bootstrap);
        var admin = app.Client.Admin;
        var quorum = await UntilAsync(admin, q => q.Voters.Count == 3 && q.Voters.All(v => v.LogEndOffset > 0), "three voters");
        var (asked, victim) = Others(quorum);

        // Not the controller, and it shows what the controller knows.
        using (var at = Open(cluster, asked.ReplicaId))
        {
            var shown = await at.AskAsync<DescribeQuorumRequest, DescribeQuorumResponse>(
                new() { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] }, Limit);
            Assert.Equal((ErrorCode.None, quorum.LeaderId), (shown.Message.Topics[0].Partitions[0].ErrorCode, shown.Message.Topics[0].Partitions[0].LeaderId));

            Assert.Equal(ErrorCode.DuplicateVoter, (await AddAsync(at, quorum, victim)).ErrorCode);
            Assert.Equal(ErrorCode.VoterNotFound, (await RemoveAsync(at, victim with { DirectoryId = Guid.NewGuid() })).ErrorCode);
            var absent = await AddAsync(at, quorum, victim with { ReplicaId = 9, DirectoryId = Guid.NewGuid() });
            Assert.Equal(ErrorCode.InvalidRequest, absent.ErrorCode);
            Assert.Contains("does not follow the metadata log", absent.ErrorMessage);

            // A live node's vote comes back by the controller itself, within a second: whoever adds it meanwhile is in time or told so.
            var added = ErrorCode.DuplicateVoter;
            for (var round = 0; round < 10 && added != ErrorCode.None; round++)
            {
                Assert.Equal(ErrorCode.None, (await RemoveAsync(at, victim)).ErrorCode);
                added = (await AddAsync(at, quorum, victim)).ErrorCode;
                await UntilAsync(admin, q => q.Voters.Count == 3, "three voters again");
            }
            Assert.Equal(ErrorCode.None, added);
        }

        // The controller's own: it says so when that is committed, and another leads.
        using (var at = Open(cluster, asked.ReplicaId))
            Assert.Equal(ErrorCode.None, (await RemoveAsync(at, quorum.Voters.Single(v => v.ReplicaId == quorum.LeaderId))).ErrorCode);
        quorum = await UntilAsync(admin, q => q.LeaderId != quorum.LeaderId && q.Voters.Count == 3, "another controller, and three voters");

        (_, victim) = Others(quorum);
        await cluster.Nodes[victim.ReplicaId - 1].KillAsync();
        await admin.RemoveRaftVoterAsync(victim.ReplicaId, victim.DirectoryId);
        Assert.DoesNotContain((await admin.DescribeMetadataQuorumAsync()).Voters, v => v.ReplicaId == victim.ReplicaId);
    }

    private static (QuorumReplica Asked, QuorumReplica Victim) Others(QuorumDescription quorum)
    {
        var others = quorum.Voters.Where(v => v.ReplicaId != quorum.LeaderId).ToList();
        return (others[0], others[1]);
    }

    private static IBrokerConnection Open(ThreeBrokers cluster, int node)
    {
        var address = cluster.Nodes[node - 1].Bootstrap.Split(':');
        return new BrokerConnections(new BrokerConnectionOptions { ClientId = "voters" }, TimeProvider.System, new Random(1))
            .Open(new BrokerAddress(address[0], int.Parse(address[1])), "voters");
    }

    private static async Task<AddRaftVoterResponse> AddAsync(IBrokerConnection at, QuorumDescription quorum, QuorumReplica voter) =>
        (await at.AskAsync<AddRaftVoterRequest, AddRaftVoterResponse>(
            new()
            {
                TimeoutMs = 10_000,
                VoterId = voter.ReplicaId,
                VoterDirectoryId = voter.DirectoryId,
                Listeners = [.. quorum.Nodes.GetValueOrDefault(voter.ReplicaId, []).Select(e => new AddRaftVoterRequest.VoterListener { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
            },
            Limit)).Message;

    private static async Task<RemoveRaftVoterResponse> RemoveAsync(IBrokerConnection at, QuorumReplica voter) =>
        (await at.AskAsync<RemoveRaftVoterRequest, RemoveRaftVoterResponse>(new() { VoterId = voter.ReplicaId, VoterDirectoryId = voter.DirectoryId }, Limit)).Message;

    private static async Task<QuorumDescription> UntilAsync(AdminClient admin, Func<QuorumDescription, bool> holds, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var quorum = await admin.DescribeMetadataQuorumAsync();
            if (holds(quorum))
                return quorum;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, $"not within {Limit}: {what}");
            await Task.Delay(50);
        }
    }
}
