using Akka.Broker.Protocol.Generator;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class SchemaParserSpec
{
    private const string Head = "api 1 Thing\nversions 0-5\nflexible 3+\nrequest\n";

    [Fact]
    public void A_definition_is_read_with_all_that_a_field_can_say()
    {
        const string text = """
            # a comment
            api 7 Thing
            versions 0-5
            flexible 3+

            request
              Name   string null 2+ = empty   # who it is
              Parts  []Part? 1-4 ignorable
                Id   int32 = -1
                Size int64 3+ tag 4
              Last   Part 2+
            response
              Code   error required
            """;
        var definition = Assert.Single(SchemaParser.Parse(text, "Thing"));
        Assert.Equal((DefinitionKind.Api, "Thing", 7, 3), (definition.Kind, definition.Name, definition.Key!.Value, definition.FlexibleFrom));
        var request = definition.Messages[0];
        Assert.Equal("ThingRequest", request.ClassName);
        var name = request.Root.Fields[0];
        Assert.Equal(("string", "0-5", "2-5", "empty", true, "who it is"), (name.Type.Primitive, name.Versions.ToString(), name.NullVersions.ToString(), name.Default, name.IsRequired, name.Doc));
        var parts = request.Root.Fields[1];
        Assert.Equal((true, "1-4", "1-4", false), (parts.Type.IsArray, parts.Versions.ToString(), parts.NullVersions.ToString(), parts.IsRequired));
        Assert.Same(parts.Type.Structure, request.Root.Fields[2].Type.Structure);
        var part = Assert.Single(request.Structures);
        Assert.Equal("1-5", part.Versions.ToString());
        Assert.Equal(("-1", "1-5"), (part.Fields[0].Default, part.Fields[0].Versions.ToString()));
        Assert.Equal((4, "3-5", "3-5"), (part.Fields[1].Tag, part.Fields[1].Versions.ToString(), part.Fields[1].TagVersions.ToString()));
        Assert.True(definition.Messages[1].Root.Fields[0].IsRequired);
    }

    [Fact]
    public void A_file_may_hold_several_data_structures()
    {
        var definitions = SchemaParser.Parse("data 3 A\nversions 0\nfields\n  X int8\ndata B\nversions 2-3\nfields\n  Y uuid\n", "Things");
        Assert.Equal(["A", "B"], definitions.Select(d => d.Messages[0].ClassName));
        Assert.Equal([3, null], definitions.Select(d => d.Key));
    }

    [Theory]
    [InlineData("nonsense\n", 0, "no head line")]
    [InlineData("versions 0-5\n", 0, "must come first")]
    [InlineData("api 1 Thing\nversions 5-0\n", 1, "no version range")]
    [InlineData("api x Thing\n", 0, "no number")]
    [InlineData("api 1 thing\n", 0, "no name")]
    [InlineData("api 1 Thing\nversions 0-5\nflexible 3-4\n", 2, "has an end")]
    [InlineData("api 1 Thing\nrequest\n", 1, "'versions' line")]
    [InlineData("api 1 Thing\nversions 0\nfields\n", 2, "not 'fields'")]
    [InlineData("api 1 Thing\nversions 0\nrequest\n", 0, "needs 'request' and 'response'")]
    [InlineData("api 1 Other\nversions 0\nrequest\nresponse\n", 0, "Other.msg")]
    [InlineData(Head + "  A int33\n", 4, "no type")]
    [InlineData(Head + "  A\n", 4, "has no type")]
    [InlineData(Head + "  A int32\n  A int32\n", 5, "twice")]
    [InlineData(Head + "  A int32 6+\n", 4, "do not lie in")]
    [InlineData(Head + "  A int32 what\n", 4, "not understood")]
    [InlineData(Head + "   A int32\n", 4, "indented by 3")]
    [InlineData(Head + "  A int32\n    B int32\n", 5, "deeper")]
    [InlineData(Head + "  A\tint32\n", 4, "tab")]
    [InlineData(Head + "  A int32?\nresponse\n", 4, "cannot be null")]
    [InlineData(Head + "  A string null 2+\nresponse\n", 4, "another default")]
    [InlineData(Head + "  A string = null\nresponse\n", 4, "may not be null")]
    [InlineData(Head + "  A int32 tag 0\nresponse\n", 4, "only flexible versions")]
    [InlineData(Head + "  A int32 3+ tag 0\n  B int32 3+ tag 0\nresponse\n", 5, "taken twice")]
    [InlineData(Head + "  A records 3+ tag 0\nresponse\n", 4, "cannot be tagged")]
    [InlineData(Head + "  A []B\nresponse\n", 4, "no fields")]
    [InlineData(Head + "  A []A\n    X int8\nresponse\n", 4, "C# cannot have both")]
    public void A_mistake_is_reported_at_its_line(string text, int line, string expected)
    {
        var error = Assert.Throws<SchemaException>(() => SchemaParser.Parse(text, "Thing"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
    }
}
