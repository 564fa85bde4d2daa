using Akka.Broker.Client;
using Akka.Broker.Client.Admin;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>What tests of real brokers wait for.</summary>
internal static class SdkWaits
{
    /// <param name="holds">What is waited for.</param>
    /// <param name="limit">For how long.</param>
    /// <param name="what">In words, should it not come.</param>
    public static async Task UntilAsync(Func<bool> holds, TimeSpan limit, Func<string> what)
    {
        using var timeout = new CancellationTokenSource(limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!holds())
        {
            try
            {
                await poll.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {limit}: {what()}.");
            }
        }
    }

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
