using System.Collections;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Xunit;
using Xunit.Sdk;

namespace Akka.Broker.Repeat;

/// <summary>One test with its arguments. Each run has an instance of its own, as in xunit; what needs a fixture or an output helper, or is skipped, is no case.</summary>
internal sealed class TestCase
{
    private readonly Type _spec;
    private readonly MethodInfo _method;
    private readonly object?[] _arguments;

    private TestCase(Type spec, MethodInfo method, object?[] row)
    {
        _spec = spec;
        _method = method;
        _arguments = ArgumentsOf(method.GetParameters(), row);
        Name = $"{spec.Name}.{method.Name}({string.Join(", ", row.Select(Show))})";
    }

    public string Name { get; }

    /// <param name="assembly">Of tests.</param>
    /// <param name="left">How many methods with tests are none here.</param>
    public static List<TestCase> In(Assembly assembly, out int left)
    {
        var cases = new List<TestCase>();
        left = 0;
        foreach (var spec in assembly.GetTypes().Where(t => t is { IsPublic: true, IsAbstract: false }))
        {
            foreach (var method in spec.GetMethods())
            {
                if (method.GetCustomAttribute<FactAttribute>() is not { } fact)
                    continue;
                var isPlain = fact.GetType() == typeof(FactAttribute) || fact.GetType() == typeof(TheoryAttribute);
                if (!isPlain || fact.Skip is not null || spec.GetConstructors() is not [var made] || made.GetParameters().Length > 0)
                    left++;
                else if (fact is TheoryAttribute)
                    cases.AddRange(method.GetCustomAttributes<DataAttribute>().SelectMany(d => d.GetData(method)).Select(row => new TestCase(spec, method, row ?? [null])));
                else
                    cases.Add(new TestCase(spec, method, []));
            }
        }
        return cases;
    }

    public async Task RunAsync()
    {
        var spec = Activator.CreateInstance(_spec)!;
        try
        {
            if (spec is IAsyncLifetime begun)
                await begun.InitializeAsync();
            switch (Invoke(spec))
            {
                case Task task:
                    await task;
                    break;
                case ValueTask task:
                    await task;
                    break;
            }
        }
        finally
        {
            if (spec is IAsyncLifetime ended)
                await ended.DisposeAsync();
            if (spec is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else
                (spec as IDisposable)?.Dispose();
        }
    }

    private object? Invoke(object spec)
    {
        try
        {
            return _method.Invoke(spec, _arguments);
        }
        catch (TargetInvocationException failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException!);
            throw;
        }
    }

    private static object?[] ArgumentsOf(ParameterInfo[] parameters, object?[] row)
    {
        if (parameters is [.., var last] && last.IsDefined(typeof(ParamArrayAttribute)) && !(row.Length == parameters.Length && last.ParameterType.IsInstanceOfType(row[^1])))
        {
            var rest = row.Skip(parameters.Length - 1).ToArray();
            var array = Array.CreateInstance(last.ParameterType.GetElementType()!, rest.Length);
            rest.CopyTo(array, 0);
            row = [.. row.Take(parameters.Length - 1), array];
        }
        return [.. parameters.Select((p, i) => i >= row.Length ? p.DefaultValue : Fit(row[i], p.ParameterType))];
    }

    private static object? Fit(object? value, Type type) =>
        value is IConvertible && type.IsPrimitive && !type.IsInstanceOfType(value) ? Convert.ChangeType(value, type, null) : value;

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Show))}]",
        _ => value.ToString() ?? "",
    };
}
