using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

public sealed class ProducerStateManagerSpec
{
    [Fact]
    public void Sequences_go_on_by_one()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, 0, 5));
        Assert.Equal(SequenceCheck.InSequence, Check(producers, Batches.Idempotent(5, 1, 5, 2)));
        Assert.Equal(SequenceCheck.OutOfOrder, Check(producers, Batches.Idempotent(5, 1, 6, 2)));
        Assert.Equal(SequenceCheck.OutOfOrder, Check(producers, Batches.Idempotent(5, 1, 3, 2)));
        Assert.Equal(SequenceCheck.InSequence, Check(producers, Batches.Idempotent(5, 2, 77, 2)));
        Assert.Equal(SequenceCheck.InSequence, Check(producers, Batches.Of(5)));
    }

    [Fact]
    public void Sequences_wrap()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, int.MaxValue - 1, 2));
        Assert.Equal(SequenceCheck.InSequence, Check(producers, Batches.Idempotent(2, 1, 0)));
        Take(producers, Batches.Idempotent(2, 1, 0));
        var over = new ProducerStateManager();
        Take(over, Batches.Idempotent(0, 1, int.MaxValue - 1, 4));
        Assert.Equal(1, over.Find(1)!.LastSequence);
        Assert.Equal(SequenceCheck.Duplicate, Check(over, Batches.Idempotent(9, 1, int.MaxValue - 1, 4)));
    }

    [Fact]
    public void The_last_five_batches_are_known_again()
    {
        var producers = new ProducerStateManager();
        for (var i = 0; i < 8; i++)
            Take(producers, Batches.Idempotent(i * 3, 1, i * 3, 3));
        for (var i = 3; i < 8; i++)
        {
            Assert.Equal(SequenceCheck.Duplicate, producers.Check(Header(Batches.Idempotent(24, 1, i * 3, 3)), out var first));
            Assert.Equal((i * 3, i * 3 + 2), (first.BaseOffset, first.LastOffset));
        }
        Assert.Equal(SequenceCheck.OutOfOrder, Check(producers, Batches.Idempotent(24, 1, 6, 3)));
        Assert.Equal(SequenceCheck.OutOfOrder, Check(producers, Batches.Idempotent(24, 1, 21, 2)));
    }

    [Fact]
    public void A_newer_epoch_begins_at_zero_and_fences_the_older()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, 0, 5));
        Assert.Equal(SequenceCheck.OutOfOrder, Check(producers, Batches.Idempotent(5, 1, 5, producerEpoch: 1)));
        Take(producers, Batches.Idempotent(5, 1, 0, producerEpoch: 1));
        Assert.Equal(SequenceCheck.StaleEpoch, Check(producers, Batches.Idempotent(6, 1, 5)));
        Assert.Equal(SequenceCheck.StaleEpoch, Check(producers, Batches.Marker(6, 1, commit: true)));
    }

    [Fact]
    public void Open_transactions_hold_the_last_stable_offset_back_until_their_marker_is_replicated()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, 0, 5, transactional: true));
        Take(producers, Batches.Idempotent(5, 2, 0, 5, transactional: true));
        Assert.Equal(SequenceCheck.TransactionOpen, Check(producers, Batches.Idempotent(10, 1, 5)));
        Assert.Equal(0, producers.LastStableOffset(10));
        Assert.Equal(new CompletedTransaction(1, 0, 10, IsAborted: true), Take(producers, Batches.Marker(10, 1, commit: false)));
        Assert.Equal(0, producers.LastStableOffset(10));
        Assert.Equal(5, producers.LastStableOffset(11));
        Assert.Equal(new CompletedTransaction(2, 5, 11, IsAborted: false), Take(producers, Batches.Marker(11, 2, commit: true)));
        Assert.Equal(12, producers.LastStableOffset(12));
        producers.ForgetReplicated(11);
        Assert.Equal(5, Assert.Single(producers.Transactions).FirstOffset);
        producers.ForgetReplicated(12);
        Assert.Empty(producers.Transactions);
        Assert.Null(Take(producers, Batches.Marker(12, 3, commit: false)));
    }

    [Fact]
    public void A_producer_is_forgotten_when_it_has_been_silent_but_not_in_a_transaction()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, 0));
        Take(producers, Batches.Idempotent(1, 2, 0, transactional: true));
        Assert.Equal(0, producers.RemoveExpired(Batches.Time + 99, 100));
        Assert.Equal(1, producers.RemoveExpired(Batches.Time + 1000, 100));
        Assert.Null(producers.Find(1));
        Assert.NotNull(producers.Find(2));
    }

    [Fact]
    public void A_copy_goes_its_own_way()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 1, 0, transactional: true));
        var copy = producers.Copy();
        Take(copy, Batches.Marker(1, 1, commit: true));
        Take(copy, Batches.Idempotent(2, 1, 1));
        Assert.Equal(0, producers.Find(1)!.LastSequence);
        Assert.Equal(0, producers.LastStableOffset(5));
        Assert.Equal(5, copy.LastStableOffset(5));
    }

    [Fact]
    public void A_snapshot_restores_every_batch_that_is_remembered()
    {
        var producers = new ProducerStateManager();
        Take(producers, Batches.Idempotent(0, 9, 0, 3));
        Take(producers, Batches.Idempotent(3, 4, 0, 2, producerEpoch: 3, transactional: true));
        Take(producers, Batches.Marker(5, 4, commit: true, producerEpoch: 4, coordinatorEpoch: 8));
        Take(producers, Batches.Idempotent(6, 9, 3, 4, transactional: true));
        var bytes = ProducerSnapshot.Encode(producers, hasAllBatches: true);
        var restored = ProducerSnapshot.TryDecode(bytes)!;
        Assert.Equal(bytes, ProducerSnapshot.Encode(restored, hasAllBatches: true));
        Assert.Equal(6, restored.LastStableOffset(10));
        Assert.Equal(SequenceCheck.Duplicate, Check(restored, Batches.Idempotent(10, 9, 3, 4, transactional: true)));
        Assert.Equal(SequenceCheck.Duplicate, Check(restored, Batches.Idempotent(10, 9, 0, 3)));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.Null(ProducerSnapshot.TryDecode(bytes));
            bytes[i] ^= 1;
            Assert.Null(ProducerSnapshot.TryDecode(bytes.AsSpan(0, i)));
        }
    }

    private static BatchHeader Header(byte[] batch) => new(batch);

    private static SequenceCheck Check(ProducerStateManager producers, byte[] batch) => producers.Check(Header(batch), out _);

    private static CompletedTransaction? Take(ProducerStateManager producers, byte[] bytes)
    {
        Assert.True(RecordBatch.TryRead(bytes, out var batch));
        return producers.Update(Header(bytes), EndTransactionMarker.TryRead(batch, out var marker) ? marker : null);
    }
}
