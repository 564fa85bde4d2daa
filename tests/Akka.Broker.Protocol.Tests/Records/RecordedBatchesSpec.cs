using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Protocol.Tests.Messages;
using Xunit.Abstractions;

namespace Akka.Broker.Protocol.Tests.Records;

/// <summary>What stock clients really sent to a broker is what the validator accepts, and what a broker sent them is what the reader reads.</summary>
public sealed class RecordedBatchesSpec(ITestOutputHelper output)
{
    private const long TimeOfRecording = 1_800_000_000_000;
    private const int BytesMax = 16 * 1024 * 1024;

    [SkippableFact]
    public void Batches_that_stock_clients_produced_are_accepted()
    {
        var seen = new SortedDictionary<string, int>();
        foreach (var frame in Frames(ApiKey.Produce, isRequest: true).Where(f => f.Version >= 3))
        {
            var reader = new MessageReader(frame.Bytes);
            RequestHeader.Read(ref reader);
            var request = new ProduceRequest();
            request.Read(ref reader, frame.Version);
            foreach (var records in request.TopicData.SelectMany(t => t.PartitionData).Select(p => p.Records))
            {
                var sent = ((MemoryRecords)records!).Memory;
                var bytes = sent.ToArray();
                var verdict = RecordBatchValidator.Validate(bytes, RecordBatchRules.Default, frame.Version, TimeOfRecording);
                Assert.True(verdict.IsAccepted, $"{frame}: {verdict}");
                Assert.Equal(sent.ToArray(), bytes);
                Count(seen, frame, new RecordBatch(bytes));
            }
        }

        Assert.NotEmpty(seen);
        foreach (var (what, count) in seen)
            output.WriteLine($"{count} x {what}");
    }

    [SkippableFact]
    public void Batches_that_a_broker_served_are_read()
    {
        var seen = new SortedDictionary<string, int>();
        foreach (var frame in Frames(ApiKey.Fetch, isRequest: false).Where(f => f.Version >= 4))
        {
            var reader = new MessageReader(frame.Bytes);
            ResponseHeader.Read(ref reader, frame.ApiKey, frame.Version);
            var response = new FetchResponse();
            response.Read(ref reader, frame.Version);
            foreach (var records in response.Responses.SelectMany(t => t.Partitions).Select(p => p.Records))
            {
                for (var rest = (records as MemoryRecords)?.Memory ?? default; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
                {
                    Assert.True(batch.HasValidCrc, frame.ToString());
                    using var payload = RecordBatchReader.Decompress(batch, BytesMax);
                    var count = 0;
                    foreach (var _ in payload.Records)
                        count++;
                    Assert.Equal(batch.RecordCount, count);
                    Count(seen, frame, batch);
                }
            }
        }

        Assert.NotEmpty(seen);
        foreach (var (what, count) in seen)
            output.WriteLine($"{count} x {what}");
    }

    private static void Count(SortedDictionary<string, int> seen, RecordedFrame frame, RecordBatch batch)
    {
        var what = $"{frame.Source[..frame.Source.IndexOf(':', StringComparison.Ordinal)]} v{frame.Version} {batch.Compression}";
        seen[what] = seen.GetValueOrDefault(what) + 1;
    }

    private static IEnumerable<RecordedFrame> Frames(ApiKey apiKey, bool isRequest)
    {
        var frames = RecordedFrames.Load();
        Skip.If(frames is null, "SKIPPED: no folder shared/kafka-2.4.1-wire above the test");
        return frames.Where(f => f.ApiKey == apiKey && f.IsRequest == isRequest);
    }
}
