using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>The metadata quorum, as its leader knows it.</summary>
internal static class QuorumOperations
{
    private const string What = "Describing the metadata quorum";

    private const string MetadataTopic = "__cluster_metadata";

    public static Task<QuorumDescription> DescribeAsync(AdminCall call)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync(call, async () =>
        {
            var request = new DescribeQuorumRequest
            {
                Topics =
                [
                    new DescribeQuorumRequest.DescribeQuorumTopic
                    {
                        TopicName = MetadataTopic,
                        Partitions = [new DescribeQuorumRequest.DescribeQuorumPartition { PartitionIndex = 0 }],
                    },
                ],
            };
            var brokerId = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<DescribeQuorumResponse>(brokerId, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, What, response.ErrorMessage);
            if (response.Topics is not [{ TopicName: MetadataTopic, Partitions: [var partition] }])
                throw BrokerClientException.Of(ErrorCode.UnknownServerError, What, "the broker's answer does not describe it.");
            SingleCall.Check(partition.ErrorCode, What, partition.ErrorMessage);
            return new QuorumDescription(
                partition.LeaderId,
                partition.LeaderEpoch,
                partition.HighWatermark,
                [.. partition.CurrentVoters.Select(ToReplica)],
                [.. partition.Observers.Select(ToReplica)],
                response.Nodes.ToDictionary(node => node.NodeId, IReadOnlyList<RaftVoterEndpoint> (node) =>
                    [.. node.Listeners.Select(listener => new RaftVoterEndpoint(listener.Name, listener.Host, listener.Port))]));
        });
    }

    public static Task AddVoterAsync(AdminCall call, int voterId, Guid directoryId, IEnumerable<RaftVoterEndpoint> endpoints)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync(call, async () =>
        {
            var request = new AddRaftVoterRequest
            {
                TimeoutMs = call.RequestTimeoutMs,
                VoterId = voterId,
                VoterDirectoryId = directoryId,
                Listeners =
                [
                    .. endpoints.Select(endpoint => new AddRaftVoterRequest.VoterListener
                    {
                        Name = endpoint.Listener,
                        Host = endpoint.Host,
                        Port = checked((ushort)endpoint.Port),
                    }),
                ],
            };
            var brokerId = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<AddRaftVoterResponse>(brokerId, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, $"Adding voter {voterId}", response.ErrorMessage);
            return true;
        });
    }

    public static Task RemoveVoterAsync(AdminCall call, int voterId, Guid directoryId)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync(call, async () =>
        {
            var request = new RemoveRaftVoterRequest { VoterId = voterId, VoterDirectoryId = directoryId };
            var brokerId = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<RemoveRaftVoterResponse>(brokerId, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, $"Removing voter {voterId}", response.ErrorMessage);
            return true;
        });
    }

    private static QuorumReplica ToReplica(DescribeQuorumResponse.ReplicaState replica) => new(
        replica.ReplicaId, replica.ReplicaDirectoryId, replica.LogEndOffset, ToTime(replica.LastFetchTimestamp), ToTime(replica.LastCaughtUpTimestamp));

    private static DateTimeOffset? ToTime(long ms) => ms < 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
