using System.Reflection;

namespace Akka.Util;

/// <summary>
/// Turns the class names of HOCON into types. Official assembly names (<c>Akka</c>, <c>Akka.Cluster</c>, <c>Akka.TestKit</c>, …) mean the
/// bundled assemblies, so a configuration reads the same under both sources of Akka.NET.
/// </summary>
internal static class TypeResolver
{
    private const string TestKitAssembly = "Akka.Runtime.TestKit";

    public static Type Resolve(string name, string settingPath) =>
        TryResolve(name) ?? throw new Configuration.ConfigurationException(
            $"{settingPath} names the class [{name}], which cannot be loaded; expected 'Namespace.Class, Assembly'");

    public static Type? TryResolve(string name)
    {
        var comma = IndexOfAssembly(name);
        if (comma < 0)
            return typeof(TypeResolver).Assembly.GetType(name) ?? Type.GetType(name, throwOnError: false) ?? FromLoaded(name);
        var (type, assembly) = (name[..comma].Trim(), name[(comma + 1)..].Trim());
        if (IsOfficial(assembly))
        {
            var bundled = typeof(TypeResolver).Assembly.GetType(type) ?? FromTestKit(type);
            if (bundled is not null)
                return bundled;
        }
        return Type.GetType(name, throwOnError: false);
    }

    /// <summary>An instance made by the constructor that takes <paramref name="args"/>, or else by the one without parameters.</summary>
    public static T Create<T>(string name, string settingPath, params object?[] args)
        where T : class
    {
        var type = Resolve(name, settingPath);
        object? made;
        try
        {
            made = type.GetConstructor(Array.ConvertAll(args, a => a!.GetType())) is not null || type.GetConstructor(Type.EmptyTypes) is null
                ? Activator.CreateInstance(type, args)
                : Activator.CreateInstance(type);
        }
        catch (MissingMethodException e)
        {
            throw new Configuration.ConfigurationException($"{settingPath}: the class [{name}] has no suitable public constructor", e);
        }
        return made as T ?? throw new Configuration.ConfigurationException(
            $"{settingPath}: the class [{name}] is not a {typeof(T).Name}");
    }

    private static bool IsOfficial(string assembly) => assembly == "Akka" || assembly.StartsWith("Akka.", StringComparison.Ordinal);

    private static int IndexOfAssembly(string name)
    {
        var depth = 0;
        for (var i = 0; i < name.Length; i++)
        {
            depth += name[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (name[i] == ',' && depth == 0)
                return i;
        }
        return -1;
    }

    private static Type? FromTestKit(string type)
    {
        try
        {
            return Assembly.Load(TestKitAssembly).GetType(type);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static Type? FromLoaded(string type) =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(type)).FirstOrDefault(found => found is not null);
}
