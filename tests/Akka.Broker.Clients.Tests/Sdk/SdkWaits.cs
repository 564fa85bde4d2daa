using Akka.Broker.Client;
using Akka.Broker.Client.Admin;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>What tests of clusters wait for, as an administrator would.</summary>
internal static class SdkWaits
{
    /// <summary>Until each partition of the topic has so many replicas in sync: then the next broker may be killed.</summary>
    public static async Task UntilInSyncAsync(this BrokerClient client, string topic, int replicas, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        IReadOnlyList<PartitionDescription> partitions = [];
        while (true)
        {
            try
            {
                partitions = (await client.Admin.DescribeTopicsAsync([topic])).OrThrow()[topic].Partitions;
            }
            catch (BrokerClientException)
            {
                // The broker that was asked has just ended, or begun.
            }
            if (partitions.Count > 0 && partitions.All(p => p.InSyncReplicas.Count >= replicas))
                return;
            if (timeout.IsCancellationRequested)
                Assert.Fail($"Not within {limit}: {replicas} replicas in sync of {topic}. Are {string.Join(", ", partitions.Select(p => $"{p.Partition}: {string.Join(' ', p.InSyncReplicas)}"))}.");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
