using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Protocol;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>Consumers of an actor system over brokers in memory; what they tell is kept. Periods are short, so that a spec waits for what it wants to see, not for time.</summary>
internal sealed class ConsumerTestContext
{
    public static readonly TopicPartition T0 = new("t", 0);
    public static readonly TopicPartition T1 = new("t", 1);

    public static readonly Config Config = ConfigurationFactory.ParseString("""
        akka.broker.client {
          retry-backoff = 10ms
          metadata.max-age = 100ms
          consumer {
            group-id = g
            auto-offset-reset = earliest
            heartbeat-interval = 20ms
            session-timeout = 10s
            auto-commit-interval = 20ms
            fetch-max-wait = 20ms
          }
        }
        """);

    public ConsumerTestContext(ActorSystem system)
    {
        Group = new MemoryGroup(Cluster);
        Reads = new MemoryReads(Cluster);
        Client = new BrokerClient((ExtendedActorSystem)system, _ => Cluster);
    }

    public MemoryClusterClient Cluster { get; } = new();

    public MemoryGroup Group { get; }

    public MemoryReads Reads { get; }

    public BrokerClient Client { get; }

    public ConcurrentQueue<ConsumerEvent> Events { get; } = new();

    public Consumer<string?, string?> Consumer(Func<ConsumerSettings, ConsumerSettings>? change = null, IRebalanceListener? listener = null)
    {
        var consumer = Client.CreateConsumer(Serializers.Utf8, Serializers.Utf8, change?.Invoke(Client.ConsumerSettings) ?? Client.ConsumerSettings, listener);
        consumer.Told += Events.Enqueue;
        return consumer;
    }

    /// <summary>Values 0, 1, 2, … with keys that take turns.</summary>
    public void Fill(TopicPartition partition, int count, int keys = 3)
    {
        for (var i = 0; i < count; i++)
            Reads.Append(partition, $"k{i % keys}", $"{i}");
    }

    /// <summary>For what other threads bring about soon.</summary>
    public void Eventually(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)), $"Not within 20 s: {what}. Told: {string.Join("; ", Events)}");
}
