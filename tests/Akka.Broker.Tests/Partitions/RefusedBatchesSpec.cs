using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Segments;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Support;

namespace Akka.Broker.Tests.Partitions;

public sealed class RefusedBatchesSpec
{
    private static readonly TopicIdPartition Partition = PartitionTestContext.Partition;

    private readonly ManualTime _time = new();
    private readonly RefusedBatches _refused;

    public RefusedBatchesSpec() => _refused = new RefusedBatches(_time);

    [Fact]
    public void First_refused_batch_explains_those_behind_it_until_it_is_taken()
    {
        Note(10);
        Note(20);

        Assert.Null(Explain(10));
        Assert.Equal(ErrorCode.KafkaStorageError, Explain(11));
        Assert.Equal(ErrorCode.KafkaStorageError, Explain(30));
        _refused.Took(Partition, Batch(10));
        Assert.Null(Explain(30));
    }

    [Fact]
    public void Batch_from_before_the_refused_one_changes_nothing()
    {
        Note(10);

        _refused.Took(Partition, Batch(5));

        Assert.Null(Explain(5));
        Assert.NotNull(Explain(11));
    }

    [Fact]
    public void Sequence_numbers_begin_anew_behind_the_largest()
    {
        Note(int.MaxValue);

        Assert.NotNull(Explain(0));
        Assert.Null(Explain(int.MaxValue - 1));
    }

    [Fact]
    public void Refusal_belongs_to_its_producers_epoch_and_partition()
    {
        Note(10);

        Assert.Null(_refused.Explain(Partition, Batch(11, epoch: 1)));
        Assert.Null(_refused.Explain(Partition with { Partition = 1 }, Batch(11)));
        _refused.Took(Partition, Batch(0, epoch: 1));
        Assert.Null(Explain(11));
    }

    [Fact]
    public void Refusal_that_nobody_came_back_to_is_forgotten()
    {
        Note(10);
        _time.Advance(TimeSpan.FromMilliseconds(RefusedBatches.KeptMs));
        Assert.NotNull(Explain(11));

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(Explain(11));
        Note(20);
        Assert.Equal(ErrorCode.KafkaStorageError, Explain(21));
    }

    [Fact]
    public void Refusal_of_a_partition_that_was_known_by_its_name_alone_explains_what_comes_behind_it_by_id()
    {
        _refused.Note(new TopicIdPartition(Guid.Empty, Partition.Topic, Partition.Partition), Batch(10), ErrorCode.UnknownTopicOrPartition);

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Explain(11));
        _refused.Took(Partition, Batch(10));
        Assert.Null(Explain(11));
    }

    [Fact]
    public void Error_that_does_not_pass_explains_nothing()
    {
        _refused.Note(Partition, Batch(10), ErrorCode.RecordListTooLarge);

        Assert.Null(Explain(11));
    }

    private static BatchHeader Batch(int sequence, short epoch = 0) => new(TestBatches.From(7, epoch, sequence, "a").Span);

    private void Note(int sequence) => _refused.Note(Partition, Batch(sequence), ErrorCode.KafkaStorageError);

    private ErrorCode? Explain(int sequence) => _refused.Explain(Partition, Batch(sequence));
}
