namespace Akka.Broker.Protocol.Generator;

/// <summary>Rules that can be checked only when a whole definition was read, and what follows from the whole: structures' versions.</summary>
internal static class SchemaChecker
{
    public static void Complete(Definition definition)
    {
        if (definition.Messages.Count != (definition.Kind == DefinitionKind.Api ? 2 : 1))
            throw new SchemaException(definition.Line, 0, definition.Kind == DefinitionKind.Api ? $"{definition.Name} needs 'request' and 'response'." : $"{definition.Name} needs 'fields'.");
        foreach (var message in definition.Messages)
        {
            Spread(message);
            foreach (var structure in message.Structures.Prepend(message.Root))
                Check(message, structure);
        }
    }

    /// <summary>A structure exists where a field of its type does, and its fields exist only there. Types are defined before they are used again.</summary>
    private static void Spread(Message message)
    {
        foreach (var structure in message.Structures.Prepend(message.Root))
        {
            foreach (var field in structure.Fields.Where(static f => f.Type.Structure is not null))
                field.Type.Structure!.Versions = field.Type.Structure.Versions.Hull(field.Versions.Intersect(structure.Versions));
        }

        foreach (var structure in message.Structures.Prepend(message.Root))
        {
            foreach (var field in structure.Fields)
                field.Versions = field.Versions.Intersect(structure.Versions);
        }
    }

    private static void Check(Message message, Structure structure)
    {
        if (structure.Fields.Count == 0 && structure != message.Root)
            throw new SchemaException(structure.Line, 0, $"Structure '{structure.Name}' has no fields.");
        if (message.Root.Fields.Any(f => f.Name == structure.Name) || structure.Name == message.ClassName)
            throw new SchemaException(structure.Line, 0, $"Structure '{structure.Name}' is named as a field of the message, or the message; C# cannot have both.");
        var tags = new HashSet<int>();
        foreach (var field in structure.Fields)
        {
            if (field.Name == structure.Name)
                throw new SchemaException(field.Line, 0, $"Field '{field.Name}' is named as its structure; C# cannot have both.");
            CheckNull(field);
            if (field.Tag is not { } tag)
                continue;
            if (!tags.Add(tag))
                throw new SchemaException(field.Line, 0, $"Tag {tag} is taken twice in one structure.");
            if (field.TagVersions.Low < message.Definition.FlexibleFrom)
                throw new SchemaException(field.Line, 0, $"Field '{field.Name}' is tagged in version {field.TagVersions.Low}; only flexible versions have tags.");
            if (field.Type.Primitive == "records" || (field.Type.Structure is not null && !field.Type.IsArray && !field.NullVersions.IsEmpty))
                throw new SchemaException(field.Line, 0, $"Field '{field.Name}' of this type cannot be tagged: records stand in their place, and a tagged structure is null when it is absent.");
        }
    }

    private static void CheckNull(Field field)
    {
        if (field.NullVersions.IsEmpty)
        {
            if (field.Default == "null")
                throw new SchemaException(field.Line, 0, $"Field '{field.Name}' is null by default and may not be null.");
            return;
        }

        if (field.Type.Structure is not null && !field.Type.IsArray && !field.NullVersions.Covers(field.Versions))
            throw new SchemaException(field.Line, 0, $"Structure field '{field.Name}' may be null in all of its versions or in none.");
        if (field.Default is null or "null" && !field.NullVersions.Covers(field.Versions))
            throw new SchemaException(field.Line, 0, $"Field '{field.Name}' may be null only in versions {field.NullVersions} of {field.Versions} and so needs another default: '= empty'.");
        var mayBeNull = field.Type.IsArray || field.Type.Structure is not null || Primitive.All[field.Type.Primitive].IsSized;
        if (!mayBeNull)
            throw new SchemaException(field.Line, 0, $"A field of type {field.Type.Primitive} cannot be null.");
    }
}
