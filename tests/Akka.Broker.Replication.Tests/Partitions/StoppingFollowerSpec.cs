using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>A follower whose broker is about to stop fetches on until its process ends. The controller has taken it out of the ISR by then, and takes it in no more.</summary>
public sealed class StoppingFollowerSpec
{
    private const long LagMs = 30_000;
    private MetadataImage _image;
    private readonly LeaderState _leader;

    public StoppingFollowerSpec()
    {
        var builder = new MetadataImageBuilder(MetadataImage.Empty);
        foreach (var broker in (int[])[1, 2, 3])
        {
            builder.Apply(new RegisterBrokerRecord { BrokerId = broker, BrokerEpoch = EpochOf(broker) });
            builder.Apply(new BrokerRegistrationChangeRecord { BrokerId = broker, BrokerEpoch = EpochOf(broker) });
        }

        _image = builder.Advance(10, 1).Build();
        var start = new LeaderStart(1, 5, 3, [1, 2, 3], [1, 2, 3], MinInSyncReplicas: 2, LogEndOffset: 0, HighWatermark: 0, LagMs);
        _leader = new LeaderState(start, new MetadataReplicaBrokers(() => _image), ControllerLease.Endless(), 0);
    }

    [Fact]
    public void Watermark_does_not_wait_for_a_broker_that_stops()
    {
        _leader.OnAppended(10, 0);
        Fetched(2, 10);
        Fetched(3, 10);
        Assert.Equal(10, _leader.HighWatermark);

        Stop(3);
        _leader.OnMetadata(partitionEpoch: 4, [1, 2, 3], [1, 2], 1);
        Fetched(3, 10);
        _leader.OnAppended(11, 2);
        Fetched(2, 11);

        Assert.Equal(11, _leader.HighWatermark);
    }

    [Fact]
    public void Broker_that_stops_is_not_proposed_for_the_isr()
    {
        Stop(3);
        _leader.OnMetadata(partitionEpoch: 4, [1, 2, 3], [1, 2], 1);

        Assert.Null(Fetched(3, 0).Proposal);
        Assert.Null(_leader.OnTick(2).Proposal);
    }

    private static long EpochOf(int broker) => 100 + broker;

    private void Stop(int broker)
    {
        var builder = new MetadataImageBuilder(_image);
        builder.Apply(new BrokerRegistrationChangeRecord { BrokerId = broker, BrokerEpoch = EpochOf(broker), InControlledShutdown = true });
        _image = builder.Advance(_image.Offset + 1, 1).Build();
    }

    private LeaderEffects Fetched(int broker, long offset) => _leader.OnFollowerFetched(broker, EpochOf(broker), offset, 0, _leader.LogEndOffset, 1);
}
