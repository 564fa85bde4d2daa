using Akka.Broker.Protocol.Messages;
using Xunit.Abstractions;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>What a real broker and real clients said to each other decodes whole and encodes back to the same bytes.</summary>
public sealed class RecordedFramesSpec(ITestOutputHelper output)
{
    /// <summary>Traffic between brokers of the ZooKeeper era, and transactions.</summary>
    private static readonly HashSet<ApiKey> Skipped =
    [
        ApiKey.LeaderAndIsr, ApiKey.StopReplica, ApiKey.UpdateMetadata,
        ApiKey.AddPartitionsToTxn, ApiKey.AddOffsetsToTxn, ApiKey.EndTxn, ApiKey.WriteTxnMarkers, ApiKey.TxnOffsetCommit,
    ];

    [SkippableFact]
    public void Recorded_frames_decode_with_nothing_left_over_and_encode_back_to_the_same_bytes()
    {
        var frames = RecordedFrames.Load();
        Skip.If(frames is null, "No folder shared/kafka-2.4.1-wire above the test: the recorded frames of Apache Kafka 2.4.1 were NOT checked.");
        var failures = new List<string>();
        var checkedFrames = 0;
        foreach (var frame in frames.Where(f => !Skipped.Contains(f.ApiKey)))
        {
            checkedFrames++;
            try
            {
                Assert.Equal(Convert.ToHexString(frame.Bytes), Convert.ToHexString(RoundTrip(frame)));
            }
            catch (Exception e)
            {
                failures.Add($"{frame}: {e.Message}");
            }
        }

        output.WriteLine($"{checkedFrames} frames checked, {frames.Count - checkedFrames} skipped by name");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.NotEqual(0, checkedFrames);
    }

    private static byte[] RoundTrip(RecordedFrame frame)
    {
        var reader = new MessageReader(frame.Bytes);
        using var writer = new MessageWriter();
        IMessage body;
        if (frame.IsRequest)
        {
            var header = RequestHeader.Read(ref reader);
            Assert.Equal((frame.ApiKey, frame.Version), (header.ApiKey, header.ApiVersion));
            header.Write(writer);
            body = KnownApis.CreateRequest(frame.ApiKey);
        }
        else
        {
            ResponseHeader.Read(ref reader, frame.ApiKey, frame.Version).Write(writer, frame.ApiKey, frame.Version);
            body = KnownApis.CreateResponse(frame.ApiKey);
        }

        body.Read(ref reader, frame.Version);
        reader.ExpectEnd();
        body.Write(writer, frame.Version);
        return writer.ToArray();
    }
}
