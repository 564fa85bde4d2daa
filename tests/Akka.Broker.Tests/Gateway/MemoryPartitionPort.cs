using Akka.Broker.Gateway;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Leaders that keep what they are told and answer when the test says so, or at once with rising offsets.</summary>
internal sealed class MemoryPartitionPort : IPartitionPort
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicIdPartition, long> _ends = [];

    public bool AnswersAtOnce { get; set; } = true;

    public List<AppendRecords> Appends { get; } = [];

    /// <summary>A copy of each batch as it was when it arrived.</summary>
    public List<byte[]> Batches { get; } = [];

    public List<TaskCompletionSource<AppendReply?>> Held { get; } = [];

    public List<DeleteRecordsBefore> Deletes { get; } = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return Appends.Count;
        }
    }

    public Task<AppendReply?> AppendAsync(AppendRecords command, TimeSpan timeout)
    {
        lock (_gate)
        {
            Appends.Add(command);
            Batches.Add(command.Batch.ToArray());
            if (AnswersAtOnce)
            {
                var offset = _ends.GetValueOrDefault(command.Target);
                _ends[command.Target] = offset + 1;
                return Task.FromResult<AppendReply?>(new AppendReply(ErrorCode.None, offset, -1, 0));
            }
            var held = new TaskCompletionSource<AppendReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
            Held.Add(held);
            return held.Task;
        }
    }

    public Task<DeleteRecordsReply?> DeleteRecordsAsync(DeleteRecordsBefore command, TimeSpan timeout)
    {
        Deletes.Add(command);
        return Task.FromResult<DeleteRecordsReply?>(new DeleteRecordsReply(ErrorCode.None, command.Offset));
    }

    public Task<ProducersReply?> GetProducersAsync(GetProducers command, TimeSpan timeout) =>
        Task.FromResult<ProducersReply?>(new ProducersReply(ErrorCode.None, [new ActiveProducer(9, 1, 3, 1000, -1, -1)]));
}
