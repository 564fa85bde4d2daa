using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Tests.Support;

/// <summary>
/// The logs of a cluster that a spec plays: takes produce requests as brokers do, with their rules for sequence numbers, keeps the records' values, and fails
/// where the spec wants it. Thread-safe.
/// </summary>
internal sealed class MemoryLogs
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Topic, int Partition), Log> _logs = [];
    private readonly Dictionary<int, Task> _answering = [];
    private long _lastProducerId = 100;

    public MemoryLogs(MemoryClusterClient cluster)
    {
        cluster.Answer<InitProducerIdRequest, InitProducerIdResponse>((_, _) => new InitProducerIdResponse { ProducerId = Interlocked.Increment(ref _lastProducerId) });
        cluster.Answer<ProduceRequest, ProduceResponse>((broker, request) => ProduceAsync(broker, request));
    }

    /// <summary>Asked before a batch is appended: an error instead.</summary>
    public Func<int, TopicPartition, RecordBatch, ErrorCode> Before { get; set; } = (_, _, _) => ErrorCode.None;

    /// <summary>Asked when a request is done: what is awaited before it is answered; a failure is the asker's.</summary>
    public Func<int, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Requests and answers overtake one another, as where a connection was opened anew between them; else they are taken and answered in the order in which they come.</summary>
    public bool LetsOvertake { get; set; }

    /// <summary>Batches that were refused for their sequence numbers.</summary>
    public int OutOfOrder { get; private set; }

    public List<string?> Values(string topic, int partition)
    {
        lock (_gate)
            return [.. LogOf(topic, partition).Values];
    }

    public IEnumerable<string?> AllValues
    {
        get
        {
            lock (_gate)
                return [.. _logs.Values.SelectMany(l => l.Values)];
        }
    }

    /// <summary>The broker loses what it knew of producers.</summary>
    public void ForgetProducers(string topic, int partition)
    {
        lock (_gate)
            LogOf(topic, partition).Forget();
    }

    private async Task<ProduceResponse> ProduceAsync(int broker, ProduceRequest request)
    {
        if (LetsOvertake)
            await Task.Yield();
        var response = new ProduceResponse();
        foreach (var topic in request.TopicData)
        {
            var answers = new List<ProduceResponse.PartitionProduceResponse>();
            foreach (var partition in topic.PartitionData)
            {
                Assert.True(RecordBatch.TryRead(((MemoryRecords)partition.Records!).Memory, out var batch));
                Assert.True(batch.HasValidCrc);
                var error = Before(broker, new TopicPartition(topic.Name, partition.Index), batch);
                var offset = -1L;
                lock (_gate)
                {
                    if (error == ErrorCode.None)
                        error = LogOf(topic.Name, partition.Index).Append(batch, out offset);
                    OutOfOrder += error == ErrorCode.OutOfOrderSequenceNumber ? 1 : 0;
                }
                answers.Add(new() { Index = partition.Index, ErrorCode = error, BaseOffset = offset });
            }
            response.Responses.Add(new() { Name = topic.Name, PartitionResponses = answers });
        }
        if (LetsOvertake)
        {
            await BeforeAnswer(broker);
            return response;
        }
        var answered = new TaskCompletionSource<ProduceResponse>();
        lock (_gate)
            _answering[broker] = AnswerAsync(_answering.GetValueOrDefault(broker, Task.CompletedTask), broker, response, answered);
        return await answered.Task;
    }

    private async Task AnswerAsync(Task before, int broker, ProduceResponse response, TaskCompletionSource<ProduceResponse> answered)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await BeforeAnswer(broker);
        }
        catch (Exception lost)
        {
            answered.SetException(lost);
            return;
        }
        answered.SetResult(response);
    }

    private Log LogOf(string topic, int partition)
    {
        if (!_logs.TryGetValue((topic, partition), out var log))
            _logs.Add((topic, partition), log = new Log());
        return log;
    }

    private sealed class Log
    {
        private const int Remembered = 5;
        private readonly Dictionary<long, (short Epoch, int Next, List<(int Sequence, int Count, long Offset)> Last)> _producers = [];
        private bool _hasForgotten;

        public List<string?> Values { get; } = [];

        public void Forget()
        {
            _producers.Clear();
            _hasForgotten = true;
        }

        public ErrorCode Append(RecordBatch batch, out long offset)
        {
            offset = Values.Count;
            if (batch.ProducerId >= 0)
            {
                var known = _producers.TryGetValue(batch.ProducerId, out var state);
                if (known && batch.ProducerEpoch < state.Epoch)
                    return ErrorCode.InvalidProducerEpoch;
                if (!known && _hasForgotten && batch.BaseSequence != 0)
                    return ErrorCode.UnknownProducerId;
                if (!known || batch.ProducerEpoch > state.Epoch)
                {
                    if (known && batch.BaseSequence != 0)
                        return ErrorCode.OutOfOrderSequenceNumber;
                    state = (batch.ProducerEpoch, batch.BaseSequence, []);
                }
                foreach (var (sequence, count, at) in state.Last)
                {
                    if (sequence == batch.BaseSequence && count == batch.RecordCount)
                    {
                        offset = at;
                        return ErrorCode.None;
                    }
                }
                if (batch.BaseSequence != state.Next)
                    return ErrorCode.OutOfOrderSequenceNumber;
                state.Last.Add((batch.BaseSequence, batch.RecordCount, offset));
                if (state.Last.Count > Remembered)
                    state.Last.RemoveAt(0);
                _producers[batch.ProducerId] = state with { Next = batch.BaseSequence + batch.RecordCount };
            }
            using var payload = RecordBatchReader.Decompress(batch, int.MaxValue);
            foreach (var record in payload.Records)
                Values.Add(record.Value.IsNull ? null : Encoding.UTF8.GetString(record.Value.Span));
            return ErrorCode.None;
        }
    }
}
