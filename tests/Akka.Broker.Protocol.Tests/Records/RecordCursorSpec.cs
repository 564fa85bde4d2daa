using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class RecordCursorSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_yields_what_the_reader_yields(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var batch = new RecordBatch(Build(random));
            var cursor = new RecordCursor(batch, batch.Payload);
            foreach (var record in new RecordReader(batch, batch.Payload.Span))
            {
                Assert.True(cursor.MoveNext());
                Assert.Equal((record.Offset, record.TimestampMs), (cursor.Offset, cursor.TimestampMs));
                Assert.Equal(record.Key.ToArray(), cursor.IsKeyNull ? null : cursor.Key.ToArray());
                Assert.Equal(record.Value.ToArray(), cursor.IsValueNull ? null : cursor.Value.ToArray());
                Assert.Equal(record.Headers.ToArray().Select(h => h.Key), cursor.Headers.ToArray().Select(h => h.Key));
            }
            Assert.False(cursor.MoveNext());
        }
    }

    [Fact]
    public void Cut_or_changed_bytes_are_refused_or_read_but_never_left()
    {
        var random = new Random(3);
        var bytes = Build(random);
        for (var i = RecordBatch.HeaderSize; i < bytes.Length; i++)
        {
            Walk(bytes, bytes.AsMemory()[RecordBatch.HeaderSize..i]);
            var changed = (byte[])bytes.Clone();
            changed[i] ^= (byte)random.Next(1, 256);
            Walk(changed, changed.AsMemory(RecordBatch.HeaderSize));
        }
    }

    private static void Walk(byte[] batch, ReadOnlyMemory<byte> records)
    {
        var cursor = new RecordCursor(new RecordBatch(batch), records);
        try
        {
            while (cursor.MoveNext())
                Assert.True(cursor.Key.Length + cursor.Value.Length + cursor.Headers.ToArray().Length <= records.Length);
        }
        catch (InvalidRecordException)
        {
            // That is what it is for.
        }
    }

    private static byte[] Build(Random random)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions());
        for (var i = random.Next(1, 20); i > 0; i--)
        {
            var headers = Enumerable.Range(0, random.Next(3)).Select(h => new RecordHeader($"h{h}", random.Next(2) == 0 ? null : Bytes(random))).ToArray();
            builder.Append(1_000 + random.Next(1_000_000), random.Next(3) == 0 ? null : Bytes(random), random.Next(3) == 0 ? null : Bytes(random), headers);
        }
        var bytes = builder.ToArray();
        RecordBatch.Assign(bytes, random.Next(1_000), leaderEpoch: 1);
        return bytes;
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(300)];
        random.NextBytes(bytes);
        return bytes;
    }
}
