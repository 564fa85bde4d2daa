namespace Akka.Broker.Client.Consuming;

/// <summary>A <see cref="PartitionDelivery"/> whose records are with handlers. Owned by the actor that dispatches them.</summary>
/// <remarks>
/// Invariant: the delivery is held exactly while records of it are begun and unfinished, or, once it is closed, while one is with a handler.
/// </remarks>
internal sealed class PartitionRun(PartitionDelivery delivery, ChunkReader reader)
{
    public PartitionDelivery Delivery { get; } = delivery;

    /// <summary>Its chunk is null between two chunks.</summary>
    public ChunkReader Reader { get; } = reader;

    public OffsetTracker Tracker { get; } = new(delivery.Finished, delivery.FinishedEpoch);

    /// <summary>Records that a handler has now.</summary>
    public int Running { get; set; }

    /// <summary>It was seen that the delivery is closed: nothing more is begun.</summary>
    public bool IsEnded { get; set; }

    public void Begin(long offset, int epoch) => Tracker.Begin(offset, epoch);

    public void Finish(long offset)
    {
        Tracker.Finish(offset);
        Publish();
    }

    /// <summary>What may be committed is what the tracker says.</summary>
    public void Publish()
    {
        Delivery.FinishTo(Tracker.Committable, Tracker.CommittableEpoch);
        if (Delivery.IsHeld && (Tracker.Ahead == 0 || (Delivery.IsClosed && Running == 0)))
            Delivery.Unhold();
    }
}

/// <summary>A record on its way through the handlers.</summary>
internal sealed class HandledRecord(ulong lane, PartitionRun run, KeptRecord kept) : ScheduledRecord(lane)
{
    public PartitionRun Run { get; } = run;

    public KeptRecord Kept { get; } = kept;
}
