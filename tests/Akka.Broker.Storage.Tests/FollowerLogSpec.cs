using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

/// <summary>The log as a follower writes it: a copy of its leader's batches, cut where it went another way.</summary>
public sealed class FollowerLogSpec
{
    [Fact]
    public void A_leaders_batches_keep_their_bytes_offsets_and_epochs()
    {
        using var context = new LogTestContext();
        var copied = Batches.Join(Batches.Of(0, 3, epoch: 2), Batches.Of(3, 2, epoch: 2), Batches.Of(9, 1, epoch: 5));

        var result = context.Log.Append(context.Log.TakeOver(), copied, AppendKind.Follower);

        Assert.Equal((AppendStatus.Appended, 0, 10), (result.Status, result.BaseOffset, result.LogEndOffset));
        Assert.Equal(copied, context.Log.ReadAll());
        Assert.Equal([new EpochStart(2, 0), new EpochStart(5, 9)], context.Log.LeaderEpochs.Entries);
    }

    [Fact]
    public void A_batch_from_before_the_end_is_refused()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3);

        Assert.Equal(AppendStatus.Refused, context.Log.Append(context.Log.TakeOver(), Batches.Of(1, 5), AppendKind.Follower).Status);
    }

    [Fact]
    public void An_epoch_without_records_goes_with_a_cut_at_the_end()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3, epoch: 1);
        context.Log.AssignEpochAsync(context.Log.TakeOver(), 4).Now();

        Assert.Equal(3, context.Log.TruncateToAsync(context.Log.TakeOver(), 3).Now());

        Assert.Equal([new EpochStart(1, 0)], context.Log.LeaderEpochs.Entries);
    }

    [Fact]
    public void Producers_are_known_as_they_were_at_the_cut_though_it_lies_before_the_last_snapshot()
    {
        using var context = new LogTestContext();
        var log = context.Log;
        var token = log.TakeOver();
        log.Append(token, Batches.Idempotent(0, producerId: 7, sequence: 0, epoch: 1), AppendKind.Follower);
        log.RollAsync().Now();
        log.Append(token, Batches.Idempotent(1, producerId: 7, sequence: 1, epoch: 1), AppendKind.Follower);
        log.Append(token, Batches.Idempotent(2, producerId: 7, sequence: 2, epoch: 2), AppendKind.Follower);
        log.RollAsync().Now();
        log.Append(token, Batches.Idempotent(3, producerId: 7, sequence: 3, epoch: 2), AppendKind.Follower);

        log.TruncateToAsync(token, 2).Now();

        Assert.Equal(SequenceCheck.InSequence, Check(context, token, sequence: 2));
        Assert.Equal(SequenceCheck.OutOfOrder, Check(context, token, sequence: 4));
        Assert.Equal(AppendStatus.Appended, log.Append(token, Batches.Idempotent(2, producerId: 7, sequence: 2, epoch: 3), AppendKind.Follower).Status);
        Assert.Equal(SequenceCheck.InSequence, Check(context, token, sequence: 3));
        Assert.Equal([new EpochStart(1, 0), new EpochStart(3, 2)], context.Kill().LeaderEpochs.Entries);
    }

    private static SequenceCheck Check(LogTestContext context, WriterToken token, int sequence) =>
        context.Log.CaptureAsync(token).Now().Producers.Check(new BatchHeader(Batches.Idempotent(9, producerId: 7, sequence)), out _);
}
