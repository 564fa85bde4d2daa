namespace Akka.Broker.Storage.Tests;

/// <summary>Random operations on a log beside a simple model of it; a failing seed replays with the theory's row.</summary>
public sealed class RandomOperationsSpec
{
    private const int Steps = 120;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 150)];

    [Theory, MemberData(nameof(Seeds))]
    public void A_log_does_what_its_model_does(int seed)
    {
        var random = new Random(seed);
        using var run = new Run(random);
        for (var step = 0; step < Steps; step++)
        {
            try
            {
                run.Step();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"step {step}, {run}\n{e.Message}", e);
            }
        }
    }

    /// <summary>One log, one model, and the producers that write to them.</summary>
    private sealed class Run(Random random) : IDisposable
    {
        private readonly LogTestContext _context = new(new LogConfig
        {
            SegmentBytes = random.Next(300, 3000),
            IndexIntervalBytes = random.Next(0, 600),
            SegmentIndexBytes = random.Next(4) == 0 ? 60 : 4096,
            SegmentMs = random.Next(3) == 0 ? 50 : long.MaxValue,
            FlushMessages = random.Next(3) == 0 ? 1 : long.MaxValue,
            RetentionMs = -1,
        });

        private readonly LogModel _model = new();
        private readonly Dictionary<long, (int Sequence, bool InTransaction)> _producers = [];
        private int _epoch;
        private int _operation;

        public void Step()
        {
            var log = _context.Log;
            _operation = random.Next(20);
            switch (_operation)
            {
                case < 9:
                    Append(log, random.Next(1, 4));
                    break;
                case 9:
                    AppendAsFollower(log);
                    break;
                case 10:
                    _epoch++;
                    break;
                case 11:
                    Truncate(log, random.Next(3) == 0 ? RandomOffset() : Math.Max(_model.LogStart, _model.LogEnd - random.Next(30)));
                    break;
                case 12 when random.Next(6) == 0:
                    StartAt(log, _model.LogEnd + random.Next(100));
                    break;
                case 13:
                    _model.LogStart = Math.Max(_model.LogStart, RandomOffset());
                    Assert.Equal(_model.LogStart, log.IncrementLogStartOffsetAsync(_model.LogStart).Now());
                    break;
                case 14:
                    log.RollAsync().Now();
                    break;
                case 15:
                    Retain(log);
                    break;
                case 16:
                    // A log start that no checkpoint has noted yet is forgotten.
                    Assert.InRange(_context.Kill().LogStartOffset, 0, _model.LogStart);
                    _model.LogStart = _context.Log.LogStartOffset;
                    break;
                case 17:
                    _context.StopAndStart();
                    break;
                case 18:
                    _context.Manager.CheckpointAsync(syncAll: random.Next(2) == 0).Now();
                    break;
                default:
                    ReadSome(log);
                    break;
            }
            _model.Check(_context.Log);
        }

        public void Dispose() => _context.Dispose();

        public override string ToString() =>
            $"operation {_operation}, model {_model.LogStart}..{_model.LogEnd}, log {_context.Log.LogStartOffset}..{_context.Log.LogEndOffset}\n"
            + $"{string.Join('\n', _context.Events.Select(e => e.Message))}\n{_context.Memory}";

        private long RandomOffset() => random.NextInt64(_model.LogStart, _model.LogEnd + 1);

        private void Append(PartitionLog log, int count)
        {
            var token = log.TakeOver();
            for (var i = 0; i < count; i++)
            {
                var batch = NextBatch();
                var result = log.Append(token, batch);
                Assert.Equal(AppendStatus.Appended, result.Status);
                _model.Append(batch);
                Assert.Equal(_model.LogEnd, result.LogEndOffset);
            }
            log.HighWatermark = log.LogEndOffset;
        }

        private void AppendAsFollower(PartitionLog log)
        {
            var batches = new List<byte[]>();
            var end = _model.LogEnd;
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                end += random.Next(5) == 0 ? random.Next(50) : 0;
                var batch = Batches.Of(end, random.Next(1, 5), _epoch, valueBytes: random.Next(60));
                end = Batches.Split(batch)[0].NextOffset;
                batches.Add(batch);
            }
            var bytes = Batches.Join([.. batches]);
            Assert.Equal(AppendStatus.Appended, log.Append(log.TakeOver(), bytes, AppendKind.Follower).Status);
            _model.Append(bytes);
            log.HighWatermark = log.LogEndOffset;
        }

        private byte[] NextBatch()
        {
            var offset = _model.LogEnd;
            if (random.Next(2) == 0)
                return Batches.Of(offset, random.Next(1, 8), _epoch, Batches.Time + random.Next(1000), random.Next(100), codec: (Protocol.Records.CompressionType)random.Next(2));
            var id = random.Next(4);
            var (sequence, inTransaction) = _producers.GetValueOrDefault(id);
            if (inTransaction && random.Next(3) == 0)
            {
                _producers[id] = (sequence, false);
                return Batches.Marker(offset, id, commit: random.Next(2) == 0, epoch: _epoch);
            }
            var count = random.Next(1, 6);
            var transactional = inTransaction || (id >= 2 && random.Next(2) == 0);
            _producers[id] = (sequence + count, transactional);
            return Batches.Idempotent(offset, id, sequence, count, transactional: transactional, epoch: _epoch);
        }

        private void Truncate(PartitionLog log, long offset)
        {
            var end = log.TruncateToAsync(log.TakeOver(), offset).Now();
            _model.TruncateTo(offset);
            Assert.Equal(_model.LogEnd, end);
            ForgetTransactions();
        }

        private void StartAt(PartitionLog log, long offset)
        {
            log.TruncateFullyAndStartAtAsync(log.TakeOver(), offset).Now();
            _model.StartAt(offset);
            ForgetTransactions();
        }

        /// <summary>Producers know no more whether a transaction is open; the model's state says.</summary>
        private void ForgetTransactions()
        {
            var (producers, _) = _model.Producers();
            foreach (var id in _producers.Keys.ToList())
                _producers[id] = (_producers[id].Sequence, producers.Find(id) is { CurrentTransactionFirstOffset: >= 0 });
        }

        private void Retain(PartitionLog log)
        {
            log.UpdateConfig(_context.Config with { RetentionBytes = random.Next(6000) });
            var before = log.LogStartOffset;
            var deleted = log.DeleteOldSegmentsAsync(_context.Time.NowMs, log.HighWatermark).Now();
            Assert.True(log.LogStartOffset >= before);
            Assert.True(deleted > 0 || log.LogStartOffset == before);
            _model.LogStart = log.LogStartOffset;
        }

        private void ReadSome(PartitionLog log)
        {
            if (_model.LogStart == _model.LogEnd)
                return;
            var from = random.NextInt64(_model.LogStart, _model.LogEnd);
            var bound = random.NextInt64(from + 1, _model.LogEnd + 1);
            var maxBytes = random.Next(1, 3000);
            using var records = log.Read(from, maxBytes, bound, minOneBatch: true);
            var first = _model.Batches.First(b => b.LastOffset >= from);
            var expected = _model.BytesFrom(from);
            if (first.BaseOffset >= bound)
            {
                Assert.Equal(0, records.SizeInBytes);
                return;
            }
            var bytes = records.ToArray();
            Assert.True(expected.AsSpan().StartsWith(bytes));
            Assert.True(bytes.Length >= first.SizeInBytes && bytes.Length <= Math.Max(first.SizeInBytes, maxBytes));
            Assert.All(Batches.Split(bytes), b => Assert.True(b.BaseOffset < bound));
        }
    }
}
