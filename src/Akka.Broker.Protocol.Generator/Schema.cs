namespace Akka.Broker.Protocol.Generator;

public enum DefinitionKind
{
    /// <summary>A request and its response.</summary>
    Api,

    /// <summary>One structure that is persisted or exchanged between clients.</summary>
    Data,
}

/// <summary>One <c>api</c> or <c>data</c> definition of a schema file.</summary>
public sealed class Definition(DefinitionKind kind, string name, int? key, int line)
{
    /// <summary>As <see cref="FlexibleFrom"/>: no version is flexible.</summary>
    public const int NeverFlexible = short.MaxValue;

    public DefinitionKind Kind { get; } = kind;

    public string Name { get; } = name;

    /// <summary>The API's number, or the type number of a data structure that has one.</summary>
    public int? Key { get; } = key;

    public int Line { get; } = line;

    public VersionRange Versions { get; set; } = VersionRange.None;

    public int FlexibleFrom { get; set; } = NeverFlexible;

    public List<Message> Messages { get; } = [];
}

public enum MessageRole
{
    Request,
    Response,
    Data,
}

/// <summary>One class to generate, with the structures inside it.</summary>
public sealed class Message(Definition definition, MessageRole role)
{
    public Definition Definition { get; } = definition;

    public MessageRole Role { get; } = role;

    public string ClassName => Role == MessageRole.Data ? Definition.Name : Definition.Name + Role;

    public Structure Root { get; } = new("", definition.Line);

    /// <summary>Structures inside, by first appearance.</summary>
    public List<Structure> Structures { get; } = [];
}

public sealed class Structure(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    public List<Field> Fields { get; } = [];

    /// <summary>Versions in which a field of this type exists.</summary>
    public VersionRange Versions { get; set; } = VersionRange.None;
}

public sealed class Field(string name, FieldType type, int line)
{
    public string Name { get; } = name;

    public FieldType Type { get; } = type;

    public int Line { get; } = line;

    public VersionRange Versions { get; set; }

    /// <summary>Versions in which it may be null.</summary>
    public VersionRange NullVersions { get; set; } = VersionRange.None;

    public int? Tag { get; set; }

    /// <summary>Versions in which it is tagged; in the others that it exists in it stands in its place.</summary>
    public VersionRange TagVersions { get; set; } = VersionRange.None;

    /// <summary>As the schema writes it; null: the type's own.</summary>
    public string? Default { get; set; }

    /// <summary>Whether a value other than the default is refused by a version without the field, or left out.</summary>
    public bool IsRequired { get; set; }

    public string Doc { get; set; } = "";

    /// <summary>A tagged structure is simply absent by default.</summary>
    public bool IsNullableInCode => !NullVersions.IsEmpty || (Type.Structure is not null && !Type.IsArray && Tag is not null);
}

/// <summary>A primitive by its schema name, a structure, or an array of either.</summary>
public sealed class FieldType(string primitive, Structure? structure, bool isArray)
{
    public string Primitive { get; } = primitive;

    public Structure? Structure { get; } = structure;

    public bool IsArray { get; } = isArray;
}
