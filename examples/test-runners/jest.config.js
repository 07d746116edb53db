/** Nothing is transformed: the tests, the service and the packages are ES modules as they stand. */
export default { testEnvironment: 'node', transform: {} }
