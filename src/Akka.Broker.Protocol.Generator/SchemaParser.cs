using System.Globalization;

namespace Akka.Broker.Protocol.Generator;

/// <summary>
/// Reads a schema file. The format is described in <c>src/Akka.Broker.Protocol/README.md</c>; in short:
/// <code>
/// # a comment
/// api 1 Fetch
/// versions 0-18
/// flexible 12+
///
/// request
///   MaxWaitMs   int32
///   ClusterId   string?       12+ tag 0 = null ignorable   # becomes the property's summary
///   Topics      []FetchTopic
///     Partition int32
/// response
///   …
/// </code>
/// </summary>
public sealed class SchemaParser
{
    private const int IndentSize = 2;

    private readonly string[] _lines;
    private readonly List<Definition> _definitions = [];
    private Message? _message;

    /// <summary>The structures that enclose the current line; index is depth - 1. Null where a field takes no children.</summary>
    private readonly List<Structure?> _scopes = [];

    private SchemaParser(string text) => _lines = text.Replace("\r\n", "\n").Split('\n');

    /// <param name="text">Of the whole file.</param>
    /// <param name="fileName">Without folder and extension: the one definition of an API must carry this name.</param>
    /// <exception cref="SchemaException">With the line that is wrong.</exception>
    public static List<Definition> Parse(string text, string fileName)
    {
        var parser = new SchemaParser(text);
        for (var i = 0; i < parser._lines.Length; i++)
            parser.ParseLine(i);
        foreach (var definition in parser._definitions)
        {
            if (definition.Kind == DefinitionKind.Api && definition.Name != fileName)
                throw new SchemaException(definition.Line, 0, $"API {definition.Name} must stand in {definition.Name}.msg, not in {fileName}.msg.");
            SchemaChecker.Complete(definition);
        }

        return parser._definitions;
    }

    private void ParseLine(int number)
    {
        var line = _lines[number];
        var commentAt = line.IndexOf('#');
        var doc = commentAt < 0 ? "" : line.Substring(commentAt + 1).Trim();
        var content = (commentAt < 0 ? line : line.Substring(0, commentAt)).TrimEnd();
        if (content.Length == 0)
            return;
        if (content.IndexOf('\t') >= 0)
            throw new SchemaException(number, content.IndexOf('\t'), "A tab stands here; schema files are indented and spaced with blanks.");
        var indent = content.Length - content.TrimStart().Length;
        if (indent % IndentSize != 0)
            throw new SchemaException(number, indent, $"The line is indented by {indent} blanks; {IndentSize} a level are allowed.");
        var words = content.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (indent == 0)
            ParseHead(number, words);
        else
            ParseField(number, indent / IndentSize, words, doc);
    }

    private void ParseHead(int number, string[] words)
    {
        switch (words[0])
        {
            case "api" when words.Length == 3:
                Begin(new Definition(DefinitionKind.Api, Name(number, words[2]), Number(number, words[1]), number));
                break;
            case "data" when words.Length is 2 or 3:
                Begin(new Definition(DefinitionKind.Data, Name(number, words[words.Length - 1]), words.Length == 3 ? Number(number, words[1]) : null, number));
                break;
            case "versions" when words.Length == 2:
                Current(number).Versions = Versions(number, words[1]);
                break;
            case "flexible" when words.Length == 2:
                var flexible = Versions(number, words[1]);
                if (flexible.High != short.MaxValue)
                    throw new SchemaException(number, 0, $"'flexible {words[1]}' has an end; once flexible, every later version is: '{flexible.Low}+'.");
                Current(number).FlexibleFrom = flexible.Low;
                break;
            case "request" when words.Length == 1:
                BeginMessage(number, DefinitionKind.Api, MessageRole.Request);
                break;
            case "response" when words.Length == 1:
                BeginMessage(number, DefinitionKind.Api, MessageRole.Response);
                break;
            case "fields" when words.Length == 1:
                BeginMessage(number, DefinitionKind.Data, MessageRole.Data);
                break;
            default:
                throw new SchemaException(number, 0, $"'{string.Join(" ", words)}' is no head line; allowed are 'api NUMBER NAME', 'data [NUMBER] NAME', 'versions RANGE', 'flexible N+', 'request', 'response', 'fields'.");
        }
    }

    private void Begin(Definition definition)
    {
        _definitions.Add(definition);
        _message = null;
    }

    private Definition Current(int number) =>
        _definitions.LastOrDefault() ?? throw new SchemaException(number, 0, "An 'api' or 'data' line must come first.");

    private void BeginMessage(int number, DefinitionKind kind, MessageRole role)
    {
        var definition = Current(number);
        if (definition.Kind != kind)
            throw new SchemaException(number, 0, definition.Kind == DefinitionKind.Api ? "An api has 'request' and 'response', not 'fields'." : "A data structure has 'fields' alone.");
        if (definition.Versions.IsEmpty)
            throw new SchemaException(number, 0, "A 'versions' line must come before the fields.");
        if (definition.Messages.Any(m => m.Role == role))
            throw new SchemaException(number, 0, $"{definition.Name} has this section twice.");
        _message = new Message(definition, role);
        _message.Root.Versions = definition.Versions;
        definition.Messages.Add(_message);
        _scopes.Clear();
        _scopes.Add(_message.Root);
    }

    private void ParseField(int number, int depth, string[] words, string doc)
    {
        if (_message is null)
            throw new SchemaException(number, 0, "A field stands outside of 'request', 'response' and 'fields'.");
        if (depth > _scopes.Count || _scopes[depth - 1] is not { } owner)
            throw new SchemaException(number, 0, "The line is indented deeper than a structure's field stands above it.");
        if (words.Length < 2)
            throw new SchemaException(number, 0, $"Field '{words[0]}' has no type.");
        _scopes.RemoveRange(depth, _scopes.Count - depth);
        var all = _message.Definition.Versions;
        var (type, isNullable) = Type(number, words[1]);
        var field = new Field(Name(number, words[0]), type, number) { Versions = all, Doc = doc, IsRequired = _message.Role != MessageRole.Response };
        if (owner.Fields.Any(f => f.Name == field.Name))
            throw new SchemaException(number, 0, $"Field '{field.Name}' stands here twice.");
        ParseOptions(number, words, field, all, isNullable);
        owner.Fields.Add(field);
        _scopes.Add(type.Structure);
    }

    private static void ParseOptions(int number, string[] words, Field field, VersionRange all, bool isNullable)
    {
        var at = 2;
        if (at < words.Length && VersionRange.TryParse(words[at], out var versions))
        {
            if (versions.Intersect(all).IsEmpty || (versions.High != short.MaxValue && !all.Covers(versions)))
                throw new SchemaException(number, 0, $"Versions {versions} of field '{field.Name}' do not lie in the message's, {all}.");
            field.Versions = versions.Intersect(all);
            at++;
        }

        if (isNullable)
            field.NullVersions = field.Versions;
        while (at < words.Length)
        {
            switch (words[at])
            {
                case "null" when at + 1 < words.Length && !isNullable:
                    field.NullVersions = Versions(number, words[at + 1]).Intersect(field.Versions);
                    at += 2;
                    break;
                case "tag" when at + 1 < words.Length:
                    field.Tag = Number(number, words[at + 1]);
                    field.TagVersions = field.Versions;
                    at += 2;
                    if (at < words.Length && VersionRange.TryParse(words[at], out var tagVersions))
                    {
                        field.TagVersions = tagVersions.Intersect(field.Versions);
                        at++;
                    }

                    break;
                case "=" when at + 1 < words.Length:
                    field.Default = words[at + 1];
                    at += 2;
                    break;
                case "ignorable":
                    field.IsRequired = false;
                    at++;
                    break;
                case "required":
                    field.IsRequired = true;
                    at++;
                    break;
                default:
                    throw new SchemaException(number, 0, $"'{words[at]}' is not understood for field '{field.Name}'; after the type come, in this order, versions, then 'null RANGE', 'tag N [RANGE]', '= DEFAULT', 'ignorable', 'required'.");
            }
        }
    }

    private (FieldType Type, bool IsNullable) Type(int number, string word)
    {
        var isNullable = word.EndsWith("?", StringComparison.Ordinal);
        var name = isNullable ? word.Substring(0, word.Length - 1) : word;
        var isArray = name.StartsWith("[]", StringComparison.Ordinal);
        if (isArray)
            name = name.Substring(2);
        if (Primitive.All.ContainsKey(name))
            return (new FieldType(name, null, isArray), isNullable);
        if (name.Length == 0 || !char.IsUpper(name[0]))
            throw new SchemaException(number, 0, $"'{word}' is no type; allowed are {string.Join(", ", Primitive.All.Keys)}, a structure's name (upper case first), and [] in front of either.");
        var structure = _message!.Structures.FirstOrDefault(s => s.Name == name);
        if (structure is null)
        {
            structure = new Structure(Name(number, name), number);
            _message.Structures.Add(structure);
        }

        return (new FieldType("", structure, isArray), isNullable);
    }

    private static string Name(int number, string word)
    {
        if (!char.IsUpper(word[0]) || !word.All(char.IsLetterOrDigit))
            throw new SchemaException(number, 0, $"'{word}' is no name; names are letters and digits, upper case first.");
        return word;
    }

    private static int Number(int number, string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= short.MaxValue
            ? value
            : throw new SchemaException(number, 0, $"'{word}' is no number from 0 to 32767.");

    private static VersionRange Versions(int number, string word) =>
        VersionRange.TryParse(word, out var range) ? range : throw new SchemaException(number, 0, $"'{word}' is no version range; allowed are '3', '3+', '3-5'.");
}
