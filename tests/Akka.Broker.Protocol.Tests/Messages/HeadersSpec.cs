using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class HeadersSpec
{
    [Theory]
    [InlineData(ApiKey.Produce, 8, 1, 0)]
    [InlineData(ApiKey.Produce, 9, 2, 1)]
    [InlineData(ApiKey.ApiVersions, 0, 1, 0)]
    [InlineData(ApiKey.ApiVersions, 3, 2, 0)]
    [InlineData(ApiKey.ApiVersions, 99, 2, 0)]
    [InlineData(ApiKey.OffsetDelete, 0, 1, 0)]
    [InlineData(ApiKey.ControlledShutdown, 0, 0, 0)]
    [InlineData((ApiKey)999, 3, 1, 0)]
    public void The_header_version_follows_from_api_and_version(ApiKey key, short version, int request, int response)
    {
        Assert.Equal(request, RequestHeader.VersionFor(key, version));
        Assert.Equal(response, ResponseHeader.VersionFor(key, version));
    }

    [Theory]
    [InlineData("0000" + "0008" + "00000007" + "ffff", ApiKey.Produce, 8, null)]
    [InlineData("0000" + "0009" + "00000007" + "00026d65" + "00", ApiKey.Produce, 9, "me")]
    [InlineData("0000" + "0009" + "00000007" + "0000" + "01" + "0501aa", ApiKey.Produce, 9, "")]
    [InlineData("7fff" + "0063" + "00000007" + "0000", (ApiKey)0x7fff, 99, "")]
    public void A_request_header_is_read_and_written_back(string hex, ApiKey key, short version, string? clientId)
    {
        var reader = new MessageReader(Convert.FromHexString(hex));
        var header = RequestHeader.Read(ref reader);
        reader.ExpectEnd();
        Assert.Equal((key, version, 7, clientId), (header.ApiKey, header.ApiVersion, header.CorrelationId, header.ClientId));
        using var writer = new MessageWriter();
        header.Write(writer);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.ToArray()));
    }

    [Theory]
    [InlineData(ApiKey.Produce, 8, "00000007")]
    [InlineData(ApiKey.Produce, 9, "0000000700")]
    [InlineData(ApiKey.ApiVersions, 4, "00000007")]
    public void A_response_header_is_read_and_written_back(ApiKey key, short version, string hex)
    {
        using var writer = new MessageWriter();
        new ResponseHeader(7).Write(writer, key, version);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.ToArray()));
        var reader = new MessageReader(writer.ToArray());
        Assert.Equal(7, ResponseHeader.Read(ref reader, key, version).CorrelationId);
        reader.ExpectEnd();
    }

    [Fact]
    public void Every_known_api_has_its_range_and_makes_its_messages()
    {
        foreach (var range in KnownApis.All)
        {
            Assert.True(KnownApis.TryGet(range.ApiKey, out var found));
            Assert.Equal(range, found);
            Assert.True(range.Contains(range.Lowest) && range.Contains(range.Highest) && !range.Contains((short)(range.Highest + 1)));
            Assert.Equal($"{range.ApiKey}Request", KnownApis.CreateRequest(range.ApiKey).GetType().Name);
            Assert.Equal($"{range.ApiKey}Response", KnownApis.CreateResponse(range.ApiKey).GetType().Name);
        }

        Assert.False(KnownApis.TryGet((ApiKey)999, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => KnownApis.CreateRequest((ApiKey)999));
    }

    [Fact]
    public void An_api_has_the_number_that_the_schema_and_the_enumeration_agree_on()
    {
        foreach (var definition in Schemas.Definitions.Where(d => d.Kind == Generator.DefinitionKind.Api))
            Assert.Equal(definition.Name, ((ApiKey)definition.Key!.Value).ToString());
    }
}
