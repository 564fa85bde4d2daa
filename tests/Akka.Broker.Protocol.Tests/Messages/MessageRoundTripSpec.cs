using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>Every message in every version: what the generated code writes is what the schema says, and it reads back what was written.</summary>
public sealed class MessageRoundTripSpec
{
    private const int Seed = 20261;

    private const int RandomContents = 20;

    [Fact]
    public void Every_message_survives_when_all_fields_are_set() => CheckAll(ValueMaker.Filled);

    [Fact]
    public void Every_message_survives_when_all_is_null_or_empty() => CheckAll(ValueMaker.Empty);

    [Fact]
    public void Every_message_survives_with_contents_by_chance()
    {
        var random = new Random(Seed);
        for (var i = 0; i < RandomContents; i++)
            CheckAll(() => ValueMaker.Random(random));
    }

    [Fact]
    public void A_new_message_can_be_written_in_every_version()
    {
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            using var writer = new MessageWriter();
            MessageMapper.Create(message).Write(writer, version);
            var reader = new MessageReader(writer.ToArray());
            MessageMapper.Create(message).Read(ref reader, version);
            reader.ExpectEnd();
        }
    }

    [Fact]
    public void A_version_outside_the_schema_is_refused()
    {
        foreach (var message in Schemas.Definitions.SelectMany(d => d.Messages))
        {
            var above = (short)(message.Definition.Versions.High + 1);
            using var writer = new MessageWriter();
            Assert.Throws<NotSupportedException>(() => MessageMapper.Create(message).Write(writer, above));
            Assert.Throws<NotSupportedException>(() => ReadEmpty(MessageMapper.Create(message), above));
        }
    }

    [Fact]
    public void A_request_refuses_a_set_field_that_its_version_has_no_place_for()
    {
        using var writer = new MessageWriter();
        var error = Assert.Throws<NotSupportedException>(() => new ProduceRequest { TransactionalId = "t" }.Write(writer, 2));
        Assert.Contains("TransactionalId", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_response_leaves_out_what_its_version_has_no_place_for()
    {
        using var writer = new MessageWriter();
        new MetadataResponse { ClusterId = "c", ThrottleTimeMs = 1 }.Write(writer, 0);
        Assert.Equal(8, writer.TotalBytes);
    }

    [Fact]
    public void A_fetched_partition_without_records_has_empty_ones_and_not_null()
    {
        using var writer = new MessageWriter();
        new FetchResponse.PartitionData { AbortedTransactions = [] }.Write(writer, 4);
        Assert.EndsWith("00000000" + "00000000", Convert.ToHexString(writer.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_is_refused_by_a_version_that_does_not_allow_it()
    {
        using var writer = new MessageWriter();
        Assert.Throws<NotSupportedException>(() => new MetadataRequest { Topics = null }.Write(writer, 0));
    }

    private static void CheckAll(Func<ValueMaker> makers)
    {
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            var content = makers().Make(message, version);
            var expected = ReferenceEncoder.Encode(message, version, content);
            var written = MessageMapper.Create(message);
            MessageMapper.Fill(written, content);
            using var writer = new MessageWriter();
            written.Write(writer, version);
            Assert.True(expected.AsSpan().SequenceEqual(writer.ToArray()), $"{message.ClassName} v{version} writes\n{Convert.ToHexString(writer.ToArray())}, not\n{Convert.ToHexString(expected)}");

            var read = MessageMapper.Create(message);
            var reader = new MessageReader(expected);
            read.Read(ref reader, version);
            reader.ExpectEnd();
            MessageMapper.AssertHas(read, content);
        }
    }

    private static void ReadEmpty(IMessage message, short version)
    {
        var reader = new MessageReader(ReadOnlyMemory<byte>.Empty);
        message.Read(ref reader, version);
    }
}
